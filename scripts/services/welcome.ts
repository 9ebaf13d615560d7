/** What to try first, for a person who has just started the server. */
export const welcome = (url: string): string => `
Daymark serves ${url}
  documentation   ${url}/docs
  OpenAPI         ${url}/openapi.json
  readiness       ${url}/readyz
  mailbox         ${url}/dev/mailbox

First request, with the demo user's e-mail and password from above:
  curl -i ${url}/v1/accounts/login -H 'content-type: application/json' \\
    -d '{"email": "EMAIL", "password": "PASSWORD"}'

Ctrl-C stops everything.

`;
