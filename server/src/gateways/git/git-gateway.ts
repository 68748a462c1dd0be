import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { GitCaller, GitSignIn } from '../../access/authentication/git-authentication.ts';
import { readGitSignature } from '../../access/authentication/git-signature.ts';
import type { RequestThrottle } from '../../access/request-throttle.ts';
import type { FailedSignIn } from '../../observability/audit/failed-sign-ins.ts';
import type { GitSession } from '../../observability/audit/git-sessions.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { denialOf, type GitAccess } from '../../services/codecommit/git-access.ts';
import type { CodecommitServices } from '../../services/codecommit/service.ts';
import type { Call } from '../../services/operation.ts';
import { type AuditedSession, auditedOpening, gitSession, type SessionAudit } from './audited-opening.ts';
import { type BasicCredentials, bearerTokenOf, parseBasicCredentials } from './basic-credentials.ts';
import { refusalOf } from './git-errors.ts';
import { type GitRoute, gitRouteOf, regionOfHost } from './git-route.ts';
import { refuseLfs, serveLfs } from './lfs/lfs-exchange.ts';
import { type LfsAddress, lfsAddressOf } from './lfs/lfs-route.ts';
import { discardRest } from './request-body.ts';
import { sendWhole } from './response-body.ts';
import { serveDiscovery, serveExchange } from './smart-http.ts';

interface LfsTokenHolder extends GitCaller {
  readonly operation: 'download' | 'upload';
}

interface GitGatewayOptions extends SessionAudit {
  /** Of hosts that name none. */
  readonly region: string;
  readonly throttle: RequestThrottle;
  /** Who has these credentials; undefined when nobody does. @throws TooManyAttemptsError */
  readonly authenticate: (signIn: GitSignIn) => Promise<GitCaller | undefined>;
  readonly codecommit: CodecommitServices;
  readonly repositories: Repositories;
  /** Who was given this token for the Git LFS of the repository, and which way; undefined when nobody was. */
  readonly openLfsToken: (token: string, repositoryName: string, time: Date) => Promise<LfsTokenHolder | undefined>;
  readonly logger: FastifyBaseLogger;
}

const SMART_ONLY = 'Codekeep speaks smart HTTP only: use Git 1.7.9 or newer\n';
const CREDENTIALS_NEEDED = 'Git credentials are needed: user name and password of an IAM user\n';
const CREDENTIALS_WRONG = 'The user name or the password is wrong, or the credential is inactive\n';

/** Git over HTTPS at `/v1/repos/NAME`, on the raw request and response: bodies are streams of any length. */
export function gitGateway(options: GitGatewayOptions): FastifyPluginAsync {
  return async (app) => {
    app.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/v1/repos/*',
      // Before Fastify would read the body.
      onRequest: (request, reply) => {
        reply.hijack();
        void serve(options, request, reply.raw);
      },
      handler: () => {},
    });
  };
}

async function serve(options: GitGatewayOptions, request: FastifyRequest, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  try {
    await answer(options, request, response, requestId);
  } catch (error) {
    const refusal = refusalOf(error, requestId);
    if (refusal.internal) options.logger.error({ err: error, requestId }, 'A Git request failed');
    if (response.headersSent || response.destroyed) response.destroy();
    else refuse(response, requestId, refusal.status, refusal.message, refusal.headers);
  } finally {
    discardRest(request.raw);
  }
}

async function answer(
  options: GitGatewayOptions,
  request: FastifyRequest,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const lfs = lfsAddressOf(request.method, request.url);
  if (lfs !== undefined) return answerLfs(options, lfs, request, response, requestId);
  const time = new Date();
  const caller = await callerOf(options, request, time);
  if (caller === 'none') return challenge(response, requestId, CREDENTIALS_NEEDED);
  const route = gitRouteOf(request.method, request.url);
  if (caller === undefined) {
    const eventName = 'service' in route && route.service === 'git-receive-pack' ? 'GitPush' : 'GitPull';
    await recordFailure(options, request, { eventName, requestId, time });
    return challenge(response, requestId, CREDENTIALS_WRONG);
  }
  if (route.kind === 'dumb') return refuse(response, requestId, 403, SMART_ONLY);
  if (route.kind === 'unknown') return refuse(response, requestId, 404, 'There is nothing here\n');
  const session: AuditedSession = {
    call: callOf(request, caller, requestId, time),
    protocol: 'HTTP',
    repositoryName: route.repositoryName,
    request: request.raw,
  };
  const action = route.service === 'git-upload-pack' ? 'codecommit:GitPull' : 'codecommit:GitPush';
  const access = await auditedOpening(options, session, action);
  await exchange(options, route, access, gitSession(session, access), requestId, request.raw, response);
}

/** Undefined when nobody has the credentials of the request; 'none' when it has none. @throws ThrottledError */
async function callerOf(
  { authenticate, throttle }: GitGatewayOptions,
  request: FastifyRequest,
  time: Date,
): Promise<GitCaller | 'none' | undefined> {
  const credentials = parseBasicCredentials(request.headers.authorization);
  const caller = credentials && (await authenticate(signInOf(request, credentials, time)));
  if (caller === undefined) throttle.admitStranger(request.ip);
  else throttle.admit(caller.principal);
  return credentials === undefined ? 'none' : caller;
}

/** By name, what of the credentials tells who they were meant to be. */
function recordFailure(
  { failedSignIns, region }: GitGatewayOptions,
  request: FastifyRequest,
  facts: Pick<FailedSignIn, 'eventName' | 'requestId' | 'time'>,
): Promise<void> {
  const { userName = '', password = '' } = parseBasicCredentials(request.headers.authorization) ?? {};
  const signature = readGitSignature(userName, password);
  const claim = signature === undefined ? { serviceUserName: userName } : { accessKeyId: signature.accessKeyId };
  return failedSignIns.record(claim, {
    ...facts,
    eventSource: 'codecommit.amazonaws.com',
    readOnly: facts.eventName === 'GitPull',
    region: regionOfHost(request.hostname) ?? region,
    sourceIp: request.ip,
    userAgent: request.headers['user-agent'],
    tls: tlsDetailsOf(request.raw),
    error: { code: 'FailedAuthentication', message: CREDENTIALS_WRONG.trim() },
  });
}

function signInOf(request: FastifyRequest, credentials: BasicCredentials, time: Date): GitSignIn {
  return {
    ...credentials,
    hosts: [request.host],
    path: pathOf(request.url),
    region: regionOfHost(request.hostname),
    address: request.ip,
    time,
  };
}

async function answerLfs(
  options: GitGatewayOptions,
  address: LfsAddress,
  request: FastifyRequest,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  response.setHeader('x-amzn-RequestId', requestId);
  const time = new Date();
  const token = bearerTokenOf(request.headers.authorization);
  const grant = token === undefined ? undefined : await options.openLfsToken(token, address.repositoryName, time);
  if (grant !== undefined) options.throttle.admit(grant.principal);
  const caller = grant ?? (await callerOf(options, request, time));
  if (caller === 'none') return refuseLfs(response, 401, CREDENTIALS_NEEDED.trim());
  if (caller === undefined) {
    await recordFailure(options, request, { eventName: 'GitPull', requestId, time });
    return refuseLfs(response, 401, CREDENTIALS_WRONG.trim());
  }
  await serveLfs({
    codecommit: options.codecommit,
    ...options.repositories.lfs,
    address,
    call: callOf(request, caller, requestId, time),
    origin: `${request.protocol}://${request.host}`,
    grant: grant === undefined ? undefined : { operation: grant.operation, header: `Bearer ${token}` },
    request: request.raw,
    response,
  });
}

async function exchange(
  { repositories, gitSessions }: GitGatewayOptions,
  route: Extract<GitRoute, { repositoryName: string }>,
  access: GitAccess,
  session: GitSession,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { service } = route;
  const smart = { repositories, handle: access.handle, service, requestId, request, response };
  if (route.kind === 'discovery') {
    if (service === 'git-upload-pack') gitSessions.beginPull(session);
    else gitSessions.beginPush(session);
    return serveDiscovery(smart);
  }
  await serveExchange(smart, {
    denial: (name) => denialOf(access, name),
    onFetch: (last) => gitSessions.sendObjects(session, last),
    onPushed: (references) => gitSessions.push(session, references),
  });
}

function callOf(request: FastifyRequest, caller: GitCaller, requestId: string, time: Date): Call {
  const { principal, region, accessKeyId } = caller;
  return {
    requestId,
    principal,
    ...(accessKeyId !== undefined && { credential: { accessKeyId } }),
    environment: {
      sourceIp: request.ip,
      userAgent: request.headers['user-agent'],
      secureTransport: request.protocol === 'https',
      region,
      time,
    },
  };
}

function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

function challenge(response: ServerResponse, requestId: string, message: string): void {
  refuse(response, requestId, 401, message, { 'WWW-Authenticate': 'Basic realm="Codekeep"' });
}

/** Git shows a text of this type to its user, line by line after `remote:`. */
function refuse(
  response: ServerResponse,
  requestId: string,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const head = {
    'x-amzn-RequestId': requestId,
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-cache',
  };
  sendWhole(response, status, head, Buffer.from(message));
}
