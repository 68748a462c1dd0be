import type { IncomingMessage } from 'node:http';
import { SignatureError } from '../../access/authentication/signature-error.ts';

/**
 * The defence against forged requests: a session counts only for requests that this address's own pages send, as the
 * browser itself tells by the headers `Origin` and `Sec-Fetch-Site`, which no page can set.
 *
 * @returns whether the browser reaches Codekeep over TLS
 * @throws SignatureError for a request of any other page or program
 */
export function requireSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>): { readonly isSecure: boolean } {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const url = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.host !== host?.toLowerCase() || (site !== undefined && site !== 'same-origin')) {
    throw new SignatureError('missing', "The request does not come from this address's console.");
  }
  return { isSecure: url.protocol === 'https:' };
}
