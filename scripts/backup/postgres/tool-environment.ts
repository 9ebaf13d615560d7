/** Variables of ours that the programs of Postgres may see when the URL says nothing of them. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'PGPASSWORD',
  'PGPASSFILE',
  'PGSSLMODE',
  'PGSSLROOTCERT',
  'PGSSLCERT',
  'PGSSLKEY',
];

/** Parameters of the URL that both drivers know, and the variable that stands for each. */
const PARAMETERS: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
};

const CONNECT_TIMEOUT_SECONDS = '10';

/**
 * What a program of Postgres needs to know of a database. Everything goes through the environment: arguments can be
 * read by every user of the machine, and the parameters that only our driver knows would make it refuse a URL.
 */
export const toolEnvironment = (databaseUrl: string | undefined): NodeJS.ProcessEnv => {
  const inherited = Object.fromEntries(PASSED_ON.map(name => [name, process.env[name]]));
  // Messages are read by us, so they are in English.
  const own = {
    ...inherited,
    LC_ALL: 'C',
    TZ: 'UTC',
    PGAPPNAME: 'daymark-backup',
    PGCONNECT_TIMEOUT: CONNECT_TIMEOUT_SECONDS,
  };
  if (databaseUrl === undefined) return own;
  const url = new URL(databaseUrl);
  const decoded = {
    PGHOST: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
  };
  const said = Object.fromEntries(Object.entries(decoded).filter(([, value]) => value !== ''));
  const parameters = Object.entries(PARAMETERS).flatMap(([name, variable]) => {
    const value = url.searchParams.get(name);
    return value === null ? [] : [[variable, forLibpq(name, value)] as const];
  });
  return { ...own, ...said, ...Object.fromEntries(parameters) };
};

// The one mode that only our driver has: encrypted, whoever it is.
const forLibpq = (name: string, value: string): string =>
  name === 'sslmode' && value === 'no-verify' ? 'require' : value;
