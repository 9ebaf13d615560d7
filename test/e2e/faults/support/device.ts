import { randomBytes } from 'node:crypto';

type Json = ReturnType<typeof JSON.parse>;

/** An answer as a client sees it. */
export interface Reply {
  readonly status: number;
  /** The problem's code, or an empty text. */
  readonly code: string;
  readonly body: Json;
  readonly headers: Headers;
  /** From the request's first byte to the answer's last. */
  readonly ms: number;
}

export interface Asked {
  readonly json?: unknown;
  readonly cookie?: string;
  readonly token?: string;
}

/** One request. It throws when there is no answer at all. */
export const ask = async (
  server: string,
  method: string,
  path: string,
  { json, cookie, token }: Asked = {},
): Promise<Reply> => {
  const began = performance.now();
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(cookie === undefined ? {} : { Cookie: `refresh_token=${cookie}` }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: json === undefined ? null : JSON.stringify(json),
  });
  const text = await response.text();
  const ms = performance.now() - began;
  const body: Json = text === '' ? {} : JSON.parse(text);
  return { status: response.status, code: String(body.code ?? ''), body, headers: response.headers, ms };
};

export interface Person {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** Somebody whom no other test knows. */
export const aPerson = (): Person => {
  const name = `p${randomBytes(6).toString('hex')}`;
  return { email: `${name}@example.org`, username: name, password: 'tide pools at low water' };
};

export const register = (server: string, person: Person): Promise<Reply> =>
  ask(server, 'POST', '/v1/accounts/register', { json: person });

/** Registers at a server with `ACCOUNT_VERIFICATION=none`. */
export const aMember = async (server: string): Promise<Person> => {
  const person = aPerson();
  const reply = await register(server, person);
  if (reply.status !== 201) throw new Error(`Not registered: ${reply.status} ${reply.code}`);
  return person;
};

/** A browser: it keeps its cookie and its access token, and changes them only when an answer says so. */
export class Device {
  readonly person: Person;
  cookie: string | undefined;
  token: string | undefined;

  constructor(person: Person) {
    this.person = person;
  }

  static async loggedIn(server: string, person: Person): Promise<Device> {
    const device = new Device(person);
    const { status, code } = await device.logIn(server);
    if (status !== 200) throw new Error(`Not logged in: ${status} ${code}`);
    return device;
  }

  logIn(server: string): Promise<Reply> {
    const { email, password } = this.person;
    return this.#keep(ask(server, 'POST', '/v1/accounts/login', { json: { email, password } }));
  }

  refresh(server: string, cookie = this.cookie): Promise<Reply> {
    return this.#keep(ask(server, 'POST', '/v1/accounts/token', cookie === undefined ? {} : { cookie }));
  }

  logOut(server: string): Promise<Reply> {
    return ask(server, 'POST', '/v1/accounts/logout', this.#credentials());
  }

  me(server: string): Promise<Reply> {
    return this.ask(server, 'GET', '/v1/accounts/me');
  }

  ask(server: string, method: string, path: string, json?: unknown): Promise<Reply> {
    const { token } = this.#credentials();
    return ask(server, method, path, { ...(token && { token }), ...(json !== undefined && { json }) });
  }

  #credentials(): { cookie?: string; token?: string } {
    const { cookie, token } = this;
    return { ...(cookie !== undefined && { cookie }), ...(token !== undefined && { token }) };
  }

  async #keep(answering: Promise<Reply>): Promise<Reply> {
    const reply = await answering;
    const cookie = refreshCookieOf(reply);
    if (cookie !== undefined) this.cookie = cookie;
    if (reply.status === 200) this.token = String(reply.body.access_token);
    return reply;
  }
}

export const refreshCookieOf = ({ headers }: Reply): string | undefined =>
  headers
    .getSetCookie()
    .map(line => /^refresh_token=([^;]*)/.exec(line)?.[1])
    .find(value => value !== undefined);

/** Which generation of its session a refresh token is. */
export const generationOf = (cookie: string | undefined): number => Number(cookie?.split('.')[2]);

/**
 * The promise is an answer in under a second. The half second on top is for this machine, whose cores the tests share
 * with the servers, the databases and each other: it hides a busy processor, and no wait of a second or more.
 */
const PROMPT_MS = 1_500;

/** An outage as a client may see it: 503, soon, with a time to come back, and with the cookie left alone. */
export const expectHonestOutage = (reply: Reply): void => {
  expect({ status: reply.status, code: reply.code }).toEqual({
    status: 503,
    code: 'temporarily_unavailable',
  });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(reply.headers.getSetCookie()).toEqual([]);
  expect(reply.ms).toBeLessThan(PROMPT_MS);
};
