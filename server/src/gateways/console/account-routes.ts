import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { rootPrincipal } from '../../access/principals.ts';
import { closeOwnAccount } from '../../services/iam/account-closure.ts';
import {
  SignUpClosedError,
  type SignUpMode,
  signUp as signUpForAccount,
  signUpState,
} from '../../services/iam/accounts.ts';
import { accessDenied } from '../../services/iam/errors.ts';
import { changeRootPassword } from '../../services/iam/root-user.ts';
import { signIn } from '../../services/iam/sign-in.ts';
import { recordRootUserAct, recordSignIn } from './audited-sign-in.ts';
import { answerPages } from './console-answers.ts';
import type { SignUpResponse, SignUpStateResponse } from './messages.ts';
import { readOrigins } from './request-origins.ts';
import { requireSameOrigin } from './same-origin.ts';
import { signedIn } from './session-caller.ts';
import { sessionCookie } from './session-cookie.ts';
import type { SignInRoutesOptions } from './sign-in-routes.ts';

export interface AccountRoutesOptions extends SignInRoutesOptions {
  /** Whether whoever sent the request may make an account: by its listener and the host that it asked for. */
  readonly signUpMode: (request: { readonly isOverTls: boolean; readonly host: string }) => SignUpMode;
}

const BODY_BYTES = 16 * 1024;
const text = z.string().max(1_024);
const signUpRequest = z.strictObject({ accountName: text, email: text, password: text });
const rootPasswordRequest = z.strictObject({ oldPassword: text, newPassword: text });
const closeAccountRequest = z.strictObject({ accountId: text });

/**
 * What no operation of an API does: making an account, and what its root user alone may do with it. `POST /console/sign-up`,
 * `/console/sign-up-state`, `/console/root-password` and `/console/close-account`: JSON, for the console's own pages only.
 */
export function accountRoutes(options: AccountRoutesOptions): FastifyPluginAsync {
  return async (scope) => {
    answerPages(scope, options.logger);
    readOrigins(scope, options.originOf);
    const limit = { bodyLimit: BODY_BYTES };
    scope.post('/console/sign-up', limit, (request, reply) => signUp(options, request, reply));
    scope.post('/console/sign-up-state', limit, (request, reply) => describeSignUp(options, request, reply));
    scope.post('/console/root-password', limit, (request, reply) => changePassword(options, request, reply));
    scope.post('/console/close-account', limit, (request, reply) => closeAccount(options, request, reply));
  };
}

async function describeSignUp(options: AccountRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  requireSameOrigin(request);
  options.throttle.admitStranger(request.origin.address);
  const state = await signUpState(options.iam.database, modeFor(options, request));
  const isOpen = state === 'open';
  const answer = isOpen ? { isOpen } : { isOpen, message: new SignUpClosedError(state).message };
  return reply.send(answer satisfies SignUpStateResponse);
}

async function signUp(options: AccountRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { isSecure } = requireSameOrigin(request);
  const { accountName, email, password } = signUpRequest.parse(request.body);
  const { address } = request.origin;
  options.throttle.admitStranger(address);
  options.signInGuard.admit({ secret: 'sign-up', principal: 'anybody', address });
  const input = { accountName, rootEmail: email, rootPassword: password };
  const accountId = await signUpForAccount(options.iam, modeFor(options, request), input);
  await recordRootUserAct(options.audit, request, rootPrincipal(accountId), 'SignUp');
  const name = { email };
  const outcome = await signIn(options.iam, { name, password, time: new Date() });
  await recordSignIn(options, request, name, outcome);
  if (outcome?.kind === 'signed-in') {
    const { token, expiresAt } = await options.sessions.open(outcome.identity, new Date());
    reply.header('set-cookie', sessionCookie(token, expiresAt, isSecure));
  }
  return reply.send({ accountId } satisfies SignUpResponse);
}

async function changePassword(options: AccountRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { principal } = await signedIn(options, request, new Date());
  const change = rootPasswordRequest.parse(request.body);
  const { address } = request.origin;
  const attempt = { secret: 'console password', principal: principal.arn, address } as const;
  const outcome = await options.signInGuard.attempt(attempt, () => changeRootPassword(options.iam, principal, change));
  await recordRootUserAct(options.audit, request, principal, 'PasswordUpdated', outcome !== undefined);
  if (outcome === undefined) throw accessDenied('The old password was incorrect.');
  return reply.send({});
}

async function closeAccount(options: AccountRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { principal, isSecure } = await signedIn(options, request, new Date());
  const { accountId } = closeAccountRequest.parse(request.body);
  if (accountId !== principal.accountId) throw accessDenied(`You are signed in to ${principal.accountId}.`);
  await closeOwnAccount(options.iam, principal, new Date());
  await recordRootUserAct(options.audit, request, principal, 'CloseAccount');
  return reply.header('set-cookie', sessionCookie('', new Date(0), isSecure)).send({});
}

function modeFor({ signUpMode }: AccountRoutesOptions, { origin: { protocol, host } }: FastifyRequest): SignUpMode {
  return signUpMode({ isOverTls: protocol === 'https', host: host.replace(/:\d+$/u, '') });
}
