import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionSignIns } from '../../access/authentication/connection-sign-ins.ts';
import type { GitCaller, GitSignIn } from '../../access/authentication/git-authentication.ts';
import { readGitSignature } from '../../access/authentication/git-signature.ts';
import type { RequestThrottle } from '../../access/request-throttle.ts';
import type { GitSession } from '../../observability/audit/git-sessions.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import type { Logger } from '../../observability/logger.ts';
import { nameRequest } from '../../observability/request-notes.ts';
import type { GitService, Repositories } from '../../repositories/repositories.ts';
import { denialOf, type GitAccess } from '../../services/codecommit/git-access.ts';
import type { CodecommitServices } from '../../services/codecommit/service.ts';
import type { Call } from '../../services/operation.ts';
import type { ReadOrigin, RequestOrigin } from '../../trusted-proxies.ts';
import type { Door } from '../door.ts';
import type { RequestTarget } from '../request-target.ts';
import { sendWhole } from '../whole-response.ts';
import { type AuditedSession, actionOf, auditedOpening, eventOf, type SessionAudit } from './audited-opening.ts';
import { type BasicCredentials, bearerTokenOf, parseBasicCredentials } from './basic-credentials.ts';
import { type Refusal, refusalOf } from './git-errors.ts';
import { type GitRoute, gitRouteOf, regionOfHost } from './git-route.ts';
import { lfsEventOf, refuseLfs, serveLfs } from './lfs/lfs-exchange.ts';
import { type LfsAddress, lfsAddressOf } from './lfs/lfs-route.ts';
import { refuseInProtocol } from './protocol-refusal.ts';
import { discardRest } from './request-body.ts';
import { serveDiscovery, serveExchange } from './smart-http.ts';

interface LfsTokenHolder extends GitCaller {
  readonly operation: 'download' | 'upload';
}

interface GitGatewayOptions extends SessionAudit {
  /** Of hosts that name none. */
  readonly region: string;
  readonly throttle: RequestThrottle;
  /** Spares a connection the next authentication by the same header, when that is right. */
  readonly connectionSignIns: Pick<ConnectionSignIns, 'signIn'>;
  /** Who has these credentials; undefined when nobody does. @throws TooManyAttemptsError */
  readonly authenticate: (signIn: GitSignIn) => Promise<GitCaller | undefined>;
  readonly codecommit: CodecommitServices;
  readonly repositories: Repositories;
  /** Who was given this token for the Git LFS of the repository, and which way; undefined when nobody was. */
  readonly openLfsToken: (token: string, repositoryName: string, time: Date) => Promise<LfsTokenHolder | undefined>;
  readonly originOf: ReadOrigin;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}

const SMART_ONLY = 'Codekeep speaks smart HTTP only: use Git 1.7.9 or newer\n';
const CREDENTIALS_NEEDED = 'Git credentials are needed: user name and password of an IAM user\n';
const TOKEN_WRONG = 'The token is over, its SSH key is not active any more, or it is for another repository\n';
const CREDENTIALS_WRONG = 'The user name or the password is wrong, or the credential is inactive\n';

/** A request with what is known of it before it has been read. */
interface GitExchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly target: RequestTarget;
  readonly response: ServerResponse;
  readonly origin: RequestOrigin;
  readonly requestId: string;
  readonly time: Date;
}

/** Git over HTTPS at `/v1/repos/NAME`. No framework is between it and the connection: bodies are streams of any length. */
export function gitGateway(options: GitGatewayOptions): Door {
  return {
    handles: (_request, { path }) => path.startsWith('/v1/repos/'),
    serve: (request, response, target) => void serve(options, request, target, response),
  };
}

async function serve(
  options: GitGatewayOptions,
  request: IncomingMessage,
  target: RequestTarget,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  nameRequest(response, requestId);
  const { method = '' } = request;
  const lfs = lfsAddressOf(method, target);
  try {
    const origin = options.originOf(request);
    const exchange: GitExchange = { request, method, target, response, origin, requestId, time: new Date() };
    await (lfs === undefined ? answer(options, exchange) : answerLfs(options, lfs, exchange));
  } catch (error) {
    const refusal = refusalOf(error, requestId);
    if (refusal.internal) options.logger.error({ err: error, requestId }, 'A Git request failed');
    if (refusal.warning) options.logger.warn({ err: refusal.warning, requestId }, 'A Git request was refused');
    if (response.headersSent || response.destroyed) response.destroy();
    else if (lfs !== undefined) refuseLfs(response, refusal, { request_id: requestId });
    else if (await refusedInProtocol({ request, target, response, requestId }, refusal, error)) return;
    else refuse(response, requestId, refusal.status, refusal.message, refusal.headers);
  } finally {
    discardRest(request);
  }
}

function refusedInProtocol(
  { request, response, target, requestId }: Pick<GitExchange, 'request' | 'response' | 'target' | 'requestId'>,
  refusal: Refusal,
  error: unknown,
): Promise<boolean> | false {
  const route = gitRouteOf(request.method ?? '', target);
  if (route.kind !== 'exchange') return false;
  return refuseInProtocol({ service: route.service, request, response, requestId }, refusal, error);
}

async function answer(options: GitGatewayOptions, exchange: GitExchange): Promise<void> {
  const { request, response, requestId } = exchange;
  const caller = await callerOf(options, exchange);
  if (caller === 'none') return challenge(response, requestId, CREDENTIALS_NEEDED);
  const route = gitRouteOf(exchange.method, exchange.target);
  if (caller === undefined) {
    await recordFailure(options, exchange, 'service' in route ? eventOf(actionOf(route.service)) : 'GitPull');
    return challenge(response, requestId, CREDENTIALS_WRONG);
  }
  if (route.kind === 'unknown') return refuse(response, requestId, 404, 'There is nothing here\n');
  const { repositoryName } = route;
  const audited: AuditedSession = { call: callOf(exchange, caller), protocol: 'HTTP', repositoryName, request };
  if (route.kind === 'dumb') {
    // Git before 1.7.10 asks so for a repository that it was told is not there, and tells its user the last answer.
    await auditedOpening(options, audited, 'codecommit:GitPull');
    return refuse(response, requestId, 403, SMART_ONLY);
  }
  const { access, session } = await auditedOpening(options, audited, actionOf(route.service));
  await serveSmart(options, exchange, route, access, session);
}

/** Undefined when nobody has the credentials of the request; 'none' when it has none. @throws ThrottledError */
async function callerOf(
  { authenticate, connectionSignIns, throttle, region }: GitGatewayOptions,
  exchange: GitExchange,
): Promise<GitCaller | 'none' | undefined> {
  const { request, origin } = exchange;
  const { authorization = '' } = request.headers;
  const caller = await connectionSignIns.signIn(
    { connection: request.socket, authorization, region: regionOfHost(origin.host) ?? region },
    async () => {
      const credentials = parseBasicCredentials(authorization);
      return credentials && authenticate(signInOf(exchange, credentials));
    },
  );
  if (caller !== undefined) {
    throttle.admit(caller.principal);
    return caller;
  }
  throttle.admitStranger(origin.address);
  return parseBasicCredentials(authorization) === undefined ? 'none' : undefined;
}

/** By name, what of the credentials tells who they were meant to be. */
function recordFailure(
  { failedSignIns, region }: GitGatewayOptions,
  { request, origin, requestId, time }: GitExchange,
  eventName: 'GitPull' | 'GitPush',
): Promise<void> {
  const { userName = '', password = '' } = parseBasicCredentials(request.headers.authorization) ?? {};
  const signature = readGitSignature(userName, password);
  const claim = signature === undefined ? { serviceUserName: userName } : { accessKeyId: signature.accessKeyId };
  return failedSignIns.record(claim, {
    eventName,
    requestId,
    time,
    eventSource: 'codecommit.amazonaws.com',
    readOnly: eventName === 'GitPull',
    region: regionOfHost(origin.host) ?? region,
    sourceIp: origin.address,
    userAgent: request.headers['user-agent'],
    tls: tlsDetailsOf(request),
    error: { code: 'FailedAuthentication', message: CREDENTIALS_WRONG.trim() },
  });
}

function signInOf({ target, origin, time }: GitExchange, credentials: BasicCredentials): GitSignIn {
  return {
    ...credentials,
    hosts: [origin.host],
    path: target.path,
    region: regionOfHost(origin.host),
    address: origin.address,
    time,
  };
}

async function answerLfs(options: GitGatewayOptions, address: LfsAddress, exchange: GitExchange): Promise<void> {
  const { request, response, origin, requestId, time } = exchange;
  response.setHeader('x-amzn-RequestId', requestId);
  const token = bearerTokenOf(request.headers.authorization);
  const grant = token === undefined ? undefined : await options.openLfsToken(token, address.repositoryName, time);
  if (grant !== undefined) options.throttle.admit(grant.principal);
  const caller = grant ?? (await callerOf(options, exchange));
  if (caller === 'none')
    return refuseLfs(response, { status: 401, message: token === undefined ? CREDENTIALS_NEEDED : TOKEN_WRONG });
  if (caller === undefined) {
    await recordFailure(options, exchange, lfsEventOf(address.route));
    return refuseLfs(response, { status: 401, message: CREDENTIALS_WRONG });
  }
  await serveLfs({
    codecommit: options.codecommit,
    logger: options.logger,
    audit: options.audit,
    gitSessions: options.gitSessions,
    ...options.repositories.lfs,
    address,
    call: callOf(exchange, caller),
    origin: `${origin.protocol}://${origin.host}`,
    grant: grant === undefined ? undefined : { operation: grant.operation, header: `Bearer ${token}` },
    request,
    response,
  });
}

async function serveSmart(
  { repositories, gitSessions }: GitGatewayOptions,
  { request, response, requestId }: GitExchange,
  route: Extract<GitRoute, { service: GitService }>,
  access: GitAccess,
  session: GitSession,
): Promise<void> {
  const { service } = route;
  const smart = { repositories, handle: access.handle, service, requestId, request, response };
  if (route.kind === 'discovery') {
    gitSessions.begin(session, eventOf(actionOf(service)));
    return serveDiscovery(smart);
  }
  await serveExchange(smart, {
    denial: (name) => denialOf(access, name),
    onFetch: (last) => gitSessions.sendObjects(session, last),
    onPushed: (references) => gitSessions.push(session, references),
  });
}

function callOf({ request, origin, requestId, time }: GitExchange, caller: GitCaller): Call {
  const { principal, region, accessKeyId } = caller;
  return {
    requestId,
    principal,
    ...(accessKeyId !== undefined && { credential: { accessKeyId } }),
    environment: {
      sourceIp: origin.address,
      userAgent: request.headers['user-agent'],
      secureTransport: origin.protocol === 'https',
      region,
      time,
    },
  };
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
