import { randomBytes } from 'node:crypto';
import request from 'supertest';
import type { KeptMail } from '../../src/shared/services/mailbox.ts';

export type Answer = request.Response;

/** Where people live: a server, and the mailboxes it writes to. */
export interface Site {
  readonly url: string;
  mailsTo(address: string): Promise<readonly KeptMail[]>;
}

export interface Who {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** Passes every rule, and holds no name of a test person. */
export const PASSWORD = 'seven quiet harbours';
export const OTHER_PASSWORD = 'nine windy lighthouses';

/** Somebody nobody has met yet. */
export const someone = (facts: Partial<Who> = {}): Who => {
  const username = `p${randomBytes(5).toString('hex')}`;
  return { username, email: `${facts.username ?? username}@example.org`, password: PASSWORD, ...facts };
};

/** Status and code of a refusal. */
export const refusal = ({ status, body }: Answer): [number, string] => [status, String(body.code)];

/** Every refused field with its code, such as `/email invalid_email`. */
export const fieldErrors = ({ status, body }: Answer): [number, ...string[]] => [
  status,
  ...((body.errors ?? []) as { pointer: string; code: string }[]).map(each => `${each.pointer} ${each.code}`),
];

/** The links of a list by their relation. The order of a query says nothing, so it is always the same here. */
export const linksOf = (answer: Answer): Readonly<Record<string, string>> => {
  const links = String(answer.headers.link).split(', ');
  return Object.fromEntries(
    links.map(link => {
      const [, href = '', relation = ''] = /^<(.+)>; rel="(\w+)"$/.exec(link) ?? [];
      const url = new URL(href);
      url.searchParams.sort();
      return [relation, url.href];
    }),
  );
};

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Without name and value, as sent but for Expires, which repeats Max-Age. */
  readonly attributes: readonly string[];
}

export const setCookies = (answer: Answer): readonly SetCookie[] =>
  (answer.get('Set-Cookie') ?? []).map(header => {
    const [pair = '', ...attributes] = header.split('; ');
    const at = pair.indexOf('=');
    return {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      attributes: attributes.filter(each => !each.startsWith('Expires=')),
    };
  });

export const setCookie = (answer: Answer, name = 'refresh_token'): SetCookie => {
  const found = setCookies(answer).filter(each => each.name === name);
  if (found.length !== 1) throw new Error(`The answer sets ${name} ${found.length} times.`);
  return found[0]!;
};

export const maxAgeOf = (answer: Answer): number => {
  const attribute = setCookie(answer).attributes.find(each => each.startsWith('Max-Age='));
  return Number(attribute?.slice('Max-Age='.length));
};

export const register = async (site: Site, facts: Partial<Who> = {}): Promise<Who> => {
  const who = someone(facts);
  await request(site.url).post('/v1/accounts/register').send(who).expect(202);
  return who;
};

type Page = 'verify' | 'reset-password' | 'confirm-email' | 'undo-email';

/** The mails to an address that lead to a page with a token, newest first. */
export const tokensTo = async (site: Site, address: string, page: Page): Promise<string[]> =>
  (await site.mailsTo(address))
    .flatMap(mail => mail.links)
    .filter(link => new URL(link).pathname === `/${page}`)
    .flatMap(link => link.split('#token=').slice(1));

export const tokenTo = async (site: Site, address: string, page: Page): Promise<string> => {
  const [token] = await tokensTo(site, address, page);
  if (token === undefined) throw new Error(`No mail leads ${address} to ${page}.`);
  return token;
};

export const verify = async (site: Site, who: Who): Promise<Answer> => {
  const token = await tokenTo(site, who.email, 'verify');
  return await request(site.url).post('/v1/accounts/verify').send({ token, password: who.password });
};

/** One browser or app of a person: keeps cookies as a browser does. */
export class Device {
  readonly agent: ReturnType<typeof request.agent>;
  #accessToken = '';
  #refreshToken = '';

  private constructor(url: string) {
    this.agent = request.agent(url);
  }

  static async logIn(
    site: Pick<Site, 'url'>,
    { email, password }: Pick<Who, 'email' | 'password'>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Device> {
    const device = new Device(site.url);
    const answer = await device.agent
      .post('/v1/accounts/login')
      .set(headers)
      .send({ email, password })
      .expect(200);
    device.#keep(answer);
    return device;
  }

  get accessToken(): string {
    return this.#accessToken;
  }

  /** The value of the newest refresh cookie. */
  get refreshToken(): string {
    return this.#refreshToken;
  }

  get sessionId(): string {
    return this.#refreshToken.split('.')[1] ?? '';
  }

  get(path: string): request.Test {
    return this.agent.get(path).auth(this.#accessToken, { type: 'bearer' });
  }

  post(path: string): request.Test {
    return this.agent.post(path).auth(this.#accessToken, { type: 'bearer' });
  }

  put(path: string): request.Test {
    return this.agent.put(path).auth(this.#accessToken, { type: 'bearer' });
  }

  patch(path: string): request.Test {
    return this.agent.patch(path).auth(this.#accessToken, { type: 'bearer' });
  }

  delete(path: string): request.Test {
    return this.agent.delete(path).auth(this.#accessToken, { type: 'bearer' });
  }

  async refresh(): Promise<Answer> {
    const answer = await this.agent.post('/v1/accounts/token').expect(200);
    this.#keep(answer);
    return answer;
  }

  /** `200`, or the refusal's code. */
  async standing(): Promise<string> {
    const { status, body } = await this.get('/v1/accounts/me');
    return status === 200 ? '200' : `${status} ${body.code}`;
  }

  #keep(answer: Answer): void {
    this.#accessToken = answer.body.access_token;
    this.#refreshToken = setCookie(answer).value;
  }
}

/** A refresh by hand, with whatever cookie. */
export const refreshWith = (site: Pick<Site, 'url'>, refreshToken: string): request.Test =>
  request(site.url).post('/v1/accounts/token').set('Cookie', `refresh_token=${refreshToken}`);

export interface Person extends Who {
  readonly id: string;
  readonly device: Device;
}

export const openAccount = async (site: Site, facts: Partial<Who> = {}): Promise<Who & { id: string }> => {
  const who = await register(site, facts);
  const answer = await verify(site, who);
  if (answer.status !== 201) throw new Error(`Verifying answered ${answer.status}: ${answer.text}`);
  return { ...who, id: answer.body.account.id };
};

/** Registered, verified and logged in on one device. */
export const signedIn = async (site: Site, facts: Partial<Who> = {}): Promise<Person> => {
  const who = await openAccount(site, facts);
  return { ...who, device: await Device.logIn(site, who) };
};
