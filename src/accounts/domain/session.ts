import type { AccountId, Branded } from '../../shared/domain/identity.ts';

/** 128 random bits, base64url. */
export type SessionId = Branded<'SessionId'>;

/** All in seconds. */
export interface SessionLifetimes {
  /** How long a superseded token still answers with the same successor, so that racing tabs agree. */
  readonly grace: number;
  /** The same, while the successor was never used: the answer was lost on the wire. */
  readonly recovery: number;
  readonly idle: number;
  readonly absolute: number;
}

export type EndReason =
  | 'logged_out'
  | 'ended_by_owner'
  | 'ended_by_admin'
  | 'replaced_by_login'
  | 'too_many_sessions'
  | 'password_changed'
  | 'email_restored'
  | 'account_banned'
  | 'account_closed'
  | 'role_changed'
  | 'token_reused'
  | 'state_lost'
  | 'database_restored';

export type RefreshRefusal = 'session_gone' | 'refresh_reused' | 'session_expired';

/** `generation` is the one to issue next. `rotated` and `refused` with `ended` have changed the session: save it. */
export type RefreshOutcome =
  | { readonly kind: 'rotated' | 'repeated'; readonly generation: number }
  | { readonly kind: 'refused'; readonly code: RefreshRefusal; readonly ended: boolean };

export interface SessionState {
  readonly id: SessionId;
  readonly accountId: AccountId;
  readonly role: 'member' | 'admin';
  /** The account's epoch when the session began; an account with a later one has ended it. */
  readonly epoch: number;
  /** Random; part of the key that authenticates this session's refresh tokens. */
  readonly salt: string;
  readonly generation: number;
  /** The highest generation that its holder has been seen to use. */
  readonly confirmed: number;
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly device: string;
  readonly ip: string;
  readonly ended: { readonly reason: EndReason; readonly at: number } | null;
}

// How far the store may have fallen behind its clients when it lost its last second of writes.
const LOST_ROTATIONS = 3;

/**
 * One signed-in device. Every refresh token is a generation of its session; the rule for what a presented generation
 * is worth stands here and nowhere else.
 *
 * It follows RFC 9700 section 4.14.2 (rotation, and reuse ends the session) without its usual price: racing tabs get
 * the same successor, and a client whose answer was lost on the wire may ask again.
 */
export class Session {
  private state: SessionState;

  private constructor(state: SessionState) {
    this.state = state;
  }

  static begin(
    facts: Pick<SessionState, 'id' | 'accountId' | 'role' | 'epoch' | 'salt' | 'device' | 'ip'>,
    now: Date,
  ): Session {
    const at = now.getTime();
    return new Session({
      ...facts,
      generation: 1,
      confirmed: 0,
      rotatedAt: at,
      createdAt: at,
      lastUsedAt: at,
      ended: null,
    });
  }

  static restore(state: SessionState): Session {
    return new Session(state);
  }

  snapshot(): SessionState {
    return this.state;
  }

  get id(): SessionId {
    return this.state.id;
  }

  get accountId(): AccountId {
    return this.state.accountId;
  }

  get isEnded(): boolean {
    return this.state.ended !== null;
  }

  /** The instant at which the session ends by itself if nobody uses it, in milliseconds since the epoch. */
  expiresAt(lifetimes: SessionLifetimes): number {
    const { lastUsedAt, createdAt } = this.state;
    return Math.min(lastUsedAt + lifetimes.idle * 1000, createdAt + lifetimes.absolute * 1000);
  }

  isAlive(now: Date, lifetimes: SessionLifetimes): boolean {
    return !this.isEnded && now.getTime() < this.expiresAt(lifetimes);
  }

  /** What a refresh token of the presented generation, already known to be genuine, is worth now. */
  refresh(presented: number, now: Date, lifetimes: SessionLifetimes): RefreshOutcome {
    const { ended, generation } = this.state;
    if (ended) return refused(ended.reason === 'token_reused' ? 'refresh_reused' : 'session_gone');
    if (!this.isAlive(now, lifetimes)) return refused('session_expired');
    if (presented > generation + LOST_ROTATIONS) return this.endAs('state_lost', 'session_gone', now);
    if (presented >= generation) return this.rotateFrom(presented, now);
    if (presented === generation - 1) return this.answerAgain(now, lifetimes);
    return this.endAs('token_reused', 'refresh_reused', now);
  }

  /**
   * Notes that the holder of this generation really has it: its access token was used. True when that is news, and
   * the session has to be saved.
   */
  confirm(generation: number, now: Date): boolean {
    const { state } = this;
    if (generation <= state.confirmed || generation > state.generation + LOST_ROTATIONS) return false;
    const isAhead = generation > state.generation;
    this.state = {
      ...state,
      confirmed: generation,
      generation: isAhead ? generation : state.generation,
      rotatedAt: isAhead ? now.getTime() : state.rotatedAt,
      lastUsedAt: now.getTime(),
    };
    return true;
  }

  /** Where and with what the session was last seen. */
  seenAt(ip: string, device: string): void {
    this.state = { ...this.state, ip, device };
  }

  /** Lets the session live on in a later epoch of its account: its holder is the one who ended the others. */
  carryInto(epoch: number): void {
    this.state = { ...this.state, epoch: Math.max(epoch, this.state.epoch) };
  }

  end(reason: EndReason, now: Date): void {
    if (this.isEnded) return;
    this.state = { ...this.state, ended: { reason, at: now.getTime() } };
  }

  private rotateFrom(presented: number, now: Date): RefreshOutcome {
    const at = now.getTime();
    const generation = presented + 1;
    this.state = { ...this.state, generation, confirmed: presented, rotatedAt: at, lastUsedAt: at };
    return { kind: 'rotated', generation };
  }

  private answerAgain(now: Date, lifetimes: SessionLifetimes): RefreshOutcome {
    const { generation, confirmed, rotatedAt } = this.state;
    const age = now.getTime() - rotatedAt;
    const successorWasUsed = confirmed >= generation;
    if (age <= lifetimes.grace * 1000) return { kind: 'repeated', generation };
    if (successorWasUsed) return this.endAs('token_reused', 'refresh_reused', now);
    if (age < lifetimes.recovery * 1000) return { kind: 'repeated', generation };
    // Nobody proved to hold the successor, so this is no theft; but the way back is closed.
    return refused('session_expired');
  }

  private endAs(reason: EndReason, code: RefreshRefusal, now: Date): RefreshOutcome {
    this.end(reason, now);
    return { kind: 'refused', code, ended: true };
  }
}

const refused = (code: RefreshRefusal): RefreshOutcome => ({ kind: 'refused', code, ended: false });
