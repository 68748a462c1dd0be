import { CONSOLE_API_PATH, CONSOLE_PATH } from './console/console-paths.ts';

/** Where a request goes. Whatever routes, verifies, authorises or records it reads this, never the request's own URL. */
export interface RequestTarget {
  /** As it was sent: it has one meaning only, so nobody decodes or normalises it. */
  readonly path: string;
  /** Behind the question mark, as it was sent. */
  readonly query: string;
  /** It is an address within the console that only its page reads, in the browser; the one kind that may hold escapes. */
  readonly isPage: boolean;
}

/** The target may be read in more than one way; the message is for the client. */
export class AmbiguousTargetError extends Error {
  override readonly name = 'AmbiguousTargetError';
}

/** RFC 3986's characters of a path but for escapes and the semicolon, behind which some servers see parameters. */
const PLAIN = /^\/[\w.~!$&'()*+,=:@/-]*$/;
/** Visible characters that browsers send, but for the backslash and the number sign; escapes that are whole. */
const OF_PAGES = /^\/(?:[!-"$&-[\]-~]|%[\da-f]{2})*$/i;
/** A part that means this folder or the one above, in any spelling. */
const DOTS = /(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|$)/i;

/**
 * Parses the target of a request line, or HTTP/2's `:path`. Paths that a proxy, a router and the check of a signature
 * could read differently are refused here, before anything else happens.
 *
 * @throws AmbiguousTargetError
 */
export function parseRequestTarget(method: string, target: string): RequestTarget {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const isPage = (method === 'GET' || method === 'HEAD') && isPagePath(path);
  if (!(isPage ? OF_PAGES : PLAIN).test(path)) {
    throw new AmbiguousTargetError(
      isPage
        ? 'The path holds a character that must be escaped, or an escape that is not whole'
        : 'The path may hold letters, digits and a few signs only: no percent-escape, backslash, semicolon or space',
    );
  }
  if (path.includes('//') || DOTS.test(path)) {
    throw new AmbiguousTargetError('The path may hold no two slashes in a row, and no part that is . or ..');
  }
  return { path, query, isPage };
}

function isPagePath(path: string): boolean {
  return (
    path.startsWith(`${CONSOLE_PATH}/`) &&
    !path.startsWith(CONSOLE_API_PATH) &&
    !path.startsWith(`${CONSOLE_PATH}/assets/`)
  );
}
