import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { AccessDeniedError } from '../../../access/authorization.ts';
import type { GitSession } from '../../../observability/audit/git-sessions.ts';
import type { LfsLocks } from '../../../repositories/lfs-locks.ts';
import type { LfsObjects } from '../../../repositories/lfs-objects.ts';
import type { GitAccess, GitAction } from '../../../services/codecommit/git-access.ts';
import type { CodecommitServices } from '../../../services/codecommit/service.ts';
import type { Call } from '../../../services/operation.ts';
import { auditedOpening, eventOf, gitSession, type SessionAudit } from '../audited-opening.ts';
import { type Refusal, refusalOf } from '../git-errors.ts';
import { readRequestBody } from '../request-body.ts';
import { LfsError } from './lfs-error.ts';
import { listLocks, lock, unlock, verifyLocks } from './lfs-locking.ts';
import { readJson } from './lfs-parsing.ts';
import type { LfsAddress, LfsRoute } from './lfs-route.ts';
import { batch, download, readBatch, upload, verify } from './lfs-transfer.ts';

const MEDIA_TYPE = 'application/vnd.git-lfs+json';

/** A request of Git LFS from a caller who is known. */
interface LfsExchange extends Omit<SessionAudit, 'failedSignIns'> {
  readonly codecommit: CodecommitServices;
  readonly logger: Pick<Logger, 'warn'>;
  readonly objects: LfsObjects;
  readonly locks: LfsLocks;
  readonly address: LfsAddress;
  readonly call: Call;
  /** Scheme and host as the client wrote them. */
  readonly origin: string;
  /** Of a client with a token from `git-lfs-authenticate`: what for, and the header to send it again in transfers. */
  readonly grant: { readonly operation: 'download' | 'upload'; readonly header: string } | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What each request needs; a batch says itself which way it goes. */
const ACTIONS: Readonly<Record<Exclude<LfsRoute['kind'], 'batch' | 'unknown'>, GitAction>> = {
  download: 'codecommit:GitPull',
  'list locks': 'codecommit:GitPull',
  upload: 'codecommit:GitPush',
  verify: 'codecommit:GitPush',
  lock: 'codecommit:GitPush',
  'verify locks': 'codecommit:GitPush',
  unlock: 'codecommit:GitPush',
};

/** Answers a request, refusals included. */
export async function serveLfs(exchange: LfsExchange): Promise<void> {
  const { response, call } = exchange;
  try {
    await answer(exchange);
  } catch (error) {
    const isLfs = error instanceof LfsError;
    const refusal: Refusal = isLfs
      ? { status: error.status, message: error.message, internal: false }
      : refusalOf(error, call.requestId);
    if (refusal.internal) throw error;
    if (refusal.warning !== undefined) {
      exchange.logger.warn({ err: refusal.warning, requestId: call.requestId }, 'A Git LFS request was refused');
    }
    if (response.headersSent || response.destroyed) return void response.destroy();
    refuseLfs(response, refusal, { ...(isLfs && error.details), request_id: call.requestId });
  }
}

/** The event of a request before it is known who asks. */
export function lfsEventOf({ kind }: LfsRoute): 'GitPull' | 'GitPush' {
  return eventOf(kind === 'batch' || kind === 'unknown' ? 'codecommit:GitPull' : ACTIONS[kind]);
}

/** Says why not, as clients of Git LFS read it. */
export function refuseLfs(
  response: ServerResponse,
  { status, message, headers }: Pick<Refusal, 'status' | 'message' | 'headers'>,
  details: object = {},
): void {
  send(response, status, { message: message.trim(), ...details }, { ...challengeOf(status), ...headers });
}

function challengeOf(status: number): Readonly<Record<string, string>> {
  const challenge = 'Basic realm="Codekeep"';
  return status === 401 ? { 'WWW-Authenticate': challenge, 'LFS-Authenticate': challenge } : {};
}

async function answer(exchange: LfsExchange): Promise<void> {
  const { address, request, response, objects, locks } = exchange;
  const { route, query } = address;
  if (route.kind === 'unknown') throw new LfsError(404, 'There is nothing here');
  if (route.kind === 'batch') return answerBatch(exchange);
  const { handle, session } = await open(exchange, ACTIONS[route.kind]);
  const { gitSessions } = exchange;
  const transfer = { objects, handle };
  const locking = { locks, repositoryId: handle.repositoryId, principal: exchange.call.principal };
  const body = () => readJson(readRequestBody(request));
  switch (route.kind) {
    case 'download':
      // Not the last: a client downloads many, which are one record a second.
      return download(transfer, route.objectId, request, response, () => gitSessions.sendObjects(session, false));
    case 'upload':
      return upload(transfer, route.objectId, request, response, (size) =>
        gitSessions.changeLfs(session, { lfsObject: { oid: route.objectId, size } }),
      );
    case 'verify':
      return send(response, 200, await verify(transfer, await body()));
    case 'lock':
      return replyToChange(exchange, session, lock(locking, await body()));
    case 'list locks':
      gitSessions.begin(session, 'GitPull');
      return reply(response, await listLocks(locking, query));
    case 'verify locks':
      gitSessions.begin(session, 'GitPush');
      return reply(response, await verifyLocks(locking, await body()));
    case 'unlock':
      return replyToChange(exchange, session, unlock(locking, route.lockId, await body()));
  }
}

async function answerBatch(exchange: LfsExchange): Promise<void> {
  const { objects, address, origin, grant, request, response, gitSessions } = exchange;
  const wanted = readBatch(await readJson(readRequestBody(request)));
  const action = wanted.operation === 'download' ? 'codecommit:GitPull' : 'codecommit:GitPush';
  const { handle, session } = await open(exchange, action);
  gitSessions.begin(session, eventOf(action));
  const transfer = { objects, handle };
  send(
    response,
    200,
    await batch(transfer, wanted, { root: `${origin}${address.root}`, authorization: grant?.header }),
  );
}

interface Opened extends Pick<GitAccess, 'handle'> {
  readonly session: GitSession;
}

async function open(exchange: LfsExchange, action: GitAction): Promise<Opened> {
  const { call, address, grant, request, gitSessions } = exchange;
  const audited = { call, protocol: 'HTTP', repositoryName: address.repositoryName, request, isLfs: true } as const;
  if (grant?.operation === 'download' && action === 'codecommit:GitPush') {
    const message = 'This token is for downloads only';
    gitSessions.refuse(gitSession(audited), 'GitPush', { code: 'AccessDenied', message });
    throw new LfsError(403, message);
  }
  try {
    const { access, session } = await auditedOpening(exchange, audited, action);
    return { handle: access.handle, session };
  } catch (error) {
    throw error instanceof AccessDeniedError ? new LfsError(403, error.message) : error;
  }
}

/** Answers what changes a lock, once that is recorded; so is a lock of somebody else that stood in the way. */
async function replyToChange(
  { response, gitSessions }: LfsExchange,
  session: GitSession,
  change: ReturnType<typeof lock>,
): Promise<void> {
  try {
    const answer = await change;
    if (answer.change !== undefined) await gitSessions.changeLfs(session, answer.change);
    reply(response, answer);
  } catch (error) {
    if (error instanceof LfsError && (error.status === 403 || error.status === 409)) {
      gitSessions.refuse(session, 'GitPush', { code: 'LockRefused', message: error.message });
    }
    throw error;
  }
}

function reply(response: ServerResponse, { status, body }: { readonly status: number; readonly body: object }): void {
  send(response, status, body);
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'Content-Type': MEDIA_TYPE,
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-cache',
  });
  response.end(text);
}
