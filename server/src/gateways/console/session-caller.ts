import type { IncomingMessage } from 'node:http';
import type { ConsoleSession, ConsoleSessions } from '../../access/authentication/console-sessions.ts';
import { SignatureError } from '../../access/authentication/signature-error.ts';
import type { Principal } from '../../access/principal.ts';
import type { Authenticate } from '../aws/caller.ts';
import { requireSameOrigin } from './same-origin.ts';
import { sessionToken } from './session-cookie.ts';

export interface SessionOptions {
  readonly sessions: ConsoleSessions;
  /** Who a session speaks for; undefined when the user is no more. */
  readonly loadPrincipal: (session: ConsoleSession) => Promise<Principal | undefined>;
}

export interface SignedIn {
  readonly token: string;
  readonly isSecure: boolean;
  readonly session: ConsoleSession;
  readonly principal: Principal;
}

/** No page of another origin can send it without asking first, and nobody answers that. */
const REGION_HEADER = 'x-codekeep-region';
const REGION = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u;
const MAX_REGION_LENGTH = 64;

/** By the cookie of a session, in the place of a signature. */
export function authenticateBySession(options: SessionOptions): Authenticate {
  return async (request, _received, _service, time) => {
    const { principal } = await signedIn(options, request, time);
    const region = request.headers[REGION_HEADER];
    if (typeof region !== 'string' || region.length > MAX_REGION_LENGTH || !REGION.test(region)) {
      throw new SignatureError('incomplete', `The request must name its Region in the header ${REGION_HEADER}.`);
    }
    return { principal, region };
  };
}

/** @throws SignatureError when nobody is signed in, or the request comes from elsewhere */
export async function signedIn(
  options: SessionOptions,
  request: Pick<IncomingMessage, 'headers'>,
  time: Date,
): Promise<SignedIn> {
  const { isSecure } = requireSameOrigin(request);
  const token = sessionToken(request.headers.cookie, isSecure);
  const session = token === undefined ? undefined : await options.sessions.find(token, time);
  const principal = session && (await options.loadPrincipal(session));
  if (token === undefined || session === undefined || principal === undefined) {
    throw new SignatureError('expiredToken', 'You are not signed in, or your session has ended. Sign in again.');
  }
  return { token, isSecure, session, principal };
}
