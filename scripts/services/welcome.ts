/** What to try first, for a person who has just started the server; `demoUser` is what `demo-user.ts` has printed. */
export const welcome = (url: string, demoUser: string): string => `
Daymark serves ${url}
  documentation   ${url}/docs
  OpenAPI         ${url}/openapi.json
  readiness       ${url}/readyz
  mailbox         ${url}/dev/mailbox
${demoUser === '' ? '' : firstRequest(url, demoUser)}
Ctrl-C stops everything.

`;

const firstRequest = (url: string, demoUser: string): string => {
  const [, email, password] = /(\S+@\S+)\s+password\s+(\S+)/.exec(demoUser) ?? [];
  return `
${demoUser.trimEnd()}

First request:
  curl -i ${url}/v1/accounts/login -H 'content-type: application/json' \\
    -d '{"email": "${email ?? 'EMAIL'}", "password": "${password ?? 'PASSWORD'}"}'
`;
};
