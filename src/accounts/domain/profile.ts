import type { AccountId } from '../../shared/domain/identity.ts';
import { DayStart } from './day-start.ts';
import { TooManyLinks } from './errors.ts';
import { plainText } from '../../shared/domain/plain-text.ts';
import type { ProfileLink } from './profile-link.ts';
import type { TimeZone } from './time-zone.ts';
import type { Username } from './username.ts';

const MOST_LINKS = 10;

/** The person behind an account, as others and the calendar see them. Has the account's id. */
export class Profile {
  readonly id: AccountId;
  private _username: Username;
  private _location: string;
  private _bio: string;
  private _links: readonly ProfileLink[];
  private _timeZone: TimeZone;
  private _dayStart: DayStart;
  private readonly _createdAt: Date;
  private _updatedAt: Date;

  private constructor(id: AccountId, username: Username, timeZone: TimeZone, now: Date) {
    this.id = id;
    this._username = username;
    this._location = '';
    this._bio = '';
    this._links = [];
    this._timeZone = timeZone;
    this._dayStart = DayStart.midnight;
    this._createdAt = now;
    this._updatedAt = now;
  }

  static create(id: AccountId, username: Username, timeZone: TimeZone, now: Date): Profile {
    return new Profile(id, username, timeZone, now);
  }

  get username(): Username {
    return this._username;
  }

  get location(): string {
    return this._location;
  }

  get bio(): string {
    return this._bio;
  }

  get links(): readonly ProfileLink[] {
    return this._links;
  }

  get timeZone(): TimeZone {
    return this._timeZone;
  }

  get dayStart(): DayStart {
    return this._dayStart;
  }

  get createdAt(): Date {
    return this._createdAt;
  }

  get updatedAt(): Date {
    return this._updatedAt;
  }

  rename(username: Username, now: Date): void {
    this._username = username;
    this._updatedAt = now;
  }

  moveTo(location: string, now: Date): void {
    this._location = plainText(location, 100);
    this._updatedAt = now;
  }

  describe(bio: string, now: Date): void {
    this._bio = plainText(bio, 500);
    this._updatedAt = now;
  }

  /** @throws {TooManyLinks} */
  linkTo(links: readonly ProfileLink[], now: Date): void {
    if (links.length > MOST_LINKS) throw new TooManyLinks(MOST_LINKS);
    this._links = [...links];
    this._updatedAt = now;
  }

  liveIn(timeZone: TimeZone, now: Date): void {
    this._timeZone = timeZone;
    this._updatedAt = now;
  }

  beginDaysAt(dayStart: DayStart, now: Date): void {
    this._dayStart = dayStart;
    this._updatedAt = now;
  }
}
