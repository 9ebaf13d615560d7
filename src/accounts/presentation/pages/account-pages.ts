import { readFileSync } from 'node:fs';
import { Router, type RequestHandler } from 'express';
import { ProtocolError } from '../../../shared/presentation/problem.ts';
import { resource, sendResource } from '../../../shared/presentation/resource.ts';
import { accountPageTexts } from './account-page-texts.ts';

export interface AccountPagesSettings {
  /** Where the links in mails lead. */
  readonly webUrl: string;
  readonly publicUrl: string;
  readonly passwordMinimumLength: number;
}

/**
 * The pages that the links in mails lead to. They are empty shells: the token stands in the fragment, which no server
 * sees, and only `POST` uses it, because mail scanners open links. Nothing is served where a web app has its own.
 */
export const accountPages = ({ webUrl, publicUrl, passwordMinimumLength }: AccountPagesSettings): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  if (webUrl !== publicUrl) return router;
  const serve = (path: string, type: string, text: string): void => {
    const served = resource(`${type}; charset=utf-8`, text);
    router
      .route(path)
      .get((request, response) => sendResource(request, response, served))
      .all(onlyGet);
  };
  for (const [path, text] of accountPageTexts(passwordMinimumLength)) serve(path, 'text/html', text);
  serve('/account-pages.js', 'text/javascript', fileHere('account-pages.js'));
  serve('/account-pages.css', 'text/css', fileHere('account-pages.css'));
  return router;
};

const fileHere = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const onlyGet: RequestHandler = () => {
  throw new ProtocolError(405, 'method_not_allowed', 'This method is not known here.', {
    headers: ['Allow', 'GET, HEAD'],
  });
};
