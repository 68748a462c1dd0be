import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SignInGuard } from '../../access/authentication/sign-in-guard.ts';
import type { RequestThrottle } from '../../access/request-throttle.ts';
import type { AuditTrail } from '../../observability/audit/audit-trail.ts';
import type { Logger } from '../../observability/logger.ts';
import type { IamServices } from '../../services/iam/service.ts';
import { type SignInRequest, signIn as signInToAccount } from '../../services/iam/sign-in.ts';
import type { ReadOrigin } from '../../trusted-proxies.ts';
import { recordSignIn } from './audited-sign-in.ts';
import { answerPages } from './console-answers.ts';
import type { FailureResponse, RootUser, SessionResponse, SignInResponse } from './messages.ts';
import { readOrigins } from './request-origins.ts';
import { requireSameOrigin } from './same-origin.ts';
import { type SessionOptions, signedIn } from './session-caller.ts';
import { sessionCookie } from './session-cookie.ts';

export interface SignInRoutesOptions extends SessionOptions {
  readonly iam: IamServices;
  readonly signInGuard: SignInGuard;
  readonly audit: Pick<AuditTrail, 'record' | 'written'>;
  readonly throttle: RequestThrottle;
  readonly originOf: ReadOrigin;
  readonly regions: readonly string[];
  /** Addresses of this installation, without a slash at their end. */
  readonly endpoint: { readonly url: string; readonly secureUrl: string | undefined };
  readonly logger: Pick<Logger, 'error'>;
}

const BODY_BYTES = 16 * 1024;
const text = z.string().max(1_024);
const secondFactor = z.strictObject({ serialNumber: text, tokenCode: text }).optional();
const signInRequest = z.union([
  z.strictObject({ email: text, password: text, secondFactor }),
  z.strictObject({ account: text, userName: text, password: text, newPassword: text.optional(), secondFactor }),
]);
const signOutRequest = z.strictObject({ everywhere: z.boolean() });

/** `POST /console/sign-in`, `/console/sign-out` and `/console/session`: JSON, for the console's own pages only. */
export function signInRoutes(options: SignInRoutesOptions): FastifyPluginAsync {
  return async (scope) => {
    answerPages(scope, options.logger);
    readOrigins(scope, options.originOf);
    scope.post('/console/sign-in', { bodyLimit: BODY_BYTES }, (request, reply) => signIn(options, request, reply));
    scope.post('/console/sign-out', { bodyLimit: BODY_BYTES }, (request, reply) => signOut(options, request, reply));
    scope.post('/console/session', { bodyLimit: BODY_BYTES }, (request, reply) => describe(options, request, reply));
  };
}

async function signIn(options: SignInRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { isSecure } = requireSameOrigin(request);
  const body = signInRequest.parse(request.body);
  const { password, secondFactor: factor } = body;
  const credentials = { password, secondFactor: factor, time: new Date() };
  const input: SignInRequest =
    'email' in body
      ? { name: { email: body.email }, ...credentials }
      : { name: { account: body.account, userName: body.userName }, newPassword: body.newPassword, ...credentials };
  // As names are compared: by another case nobody gets another guess.
  const principal = ('email' in body ? body.email : `${body.account} ${body.userName}`).toLowerCase();
  const { address } = request.origin;
  const attempt = { secret: 'console password', principal, address } as const;
  const outcome = await options.signInGuard.attempt(attempt, () => signInToAccount(options.iam, input));
  await recordSignIn(options, request, input.name, outcome);
  if (outcome === undefined) {
    options.throttle.admitStranger(address);
    return reply.code(401).send({
      code: 'SignInRefused',
      message: 'Your authentication information is incorrect. Please try again.',
    } satisfies FailureResponse);
  }
  if (outcome.kind === 'signed-in') {
    const { token, expiresAt } = await options.sessions.open(outcome.identity, new Date());
    reply.header('set-cookie', sessionCookie(token, expiresAt, isSecure));
  }
  return reply.send({
    state: outcome.kind,
    ...(outcome.kind === 'new-password-required' && { passwordRules: outcome.rules }),
    ...(outcome.kind === 'second-factor-required' && { devices: outcome.devices }),
    ...(outcome.kind === 'second-factor-refused' && { reason: outcome.reason }),
  } satisfies SignInResponse);
}

async function signOut(options: SignInRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { everywhere } = signOutRequest.parse(request.body);
  const { token, session, isSecure } = await signedIn(options, request, new Date());
  if (everywhere) await options.sessions.closeAll(session);
  else await options.sessions.close(token);
  return reply.header('set-cookie', sessionCookie('', new Date(0), isSecure)).send({});
}

async function describe(options: SignInRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { principal, session, isSecure } = await signedIn(options, request, new Date());
  const { endpoint, regions } = options;
  return reply.send({
    accountId: principal.accountId,
    arn: principal.arn,
    ...(principal.userName !== undefined && { userName: principal.userName }),
    ...(principal.kind === 'root' && { rootUser: await describeRoot(options.iam, principal.accountId) }),
    expiresAt: session.expiresAt.toISOString(),
    regions,
    endpointUrl: (isSecure ? endpoint.secureUrl : undefined) ?? endpoint.url,
    secureUrl: endpoint.secureUrl,
  } satisfies SessionResponse);
}

async function describeRoot({ database }: Pick<IamServices, 'database'>, accountId: string): Promise<RootUser> {
  const account = await database
    .selectFrom('accounts')
    .select(['root_email', 'account_name'])
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return { email: account.root_email, ...(account.account_name !== null && { accountName: account.account_name }) };
}
