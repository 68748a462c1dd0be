import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Principal } from '../../access/principal.ts';
import type { RequestThrottle } from '../../access/request-throttle.ts';
import { GitProcessError, refusedFetch } from '../../repositories/git-process.ts';
import { PacketReader, packet } from '../../repositories/pkt-line.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { denialOf } from '../../services/codecommit/git-access.ts';
import type { CodecommitServices } from '../../services/codecommit/service.ts';
import type { Call } from '../../services/operation.ts';
import { type AuditedSession, actionOf, auditedOpening, eventOf, type SessionAudit } from '../git/audited-opening.ts';
import { refusalOf } from '../git/git-errors.ts';
import type { Conversation } from './conversation.ts';
import { parseSshCommand, type SshCommand } from './ssh-command.ts';
import type { SshLimits } from './ssh-limits.ts';

/** What `git-lfs-authenticate` answers, as JSON: https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md */
export type LfsAuthenticate = (call: Call, wanted: LfsWanted) => Promise<object>;

interface LfsWanted {
  readonly repositoryName: string;
  readonly operation: 'download' | 'upload';
  /** The key that the caller has signed in with. */
  readonly sshPublicKeyId: string;
}

export interface CommandServices extends SessionAudit {
  readonly throttle: RequestThrottle;
  readonly codecommit: CodecommitServices;
  readonly repositories: Repositories;
  /** The Region of every SSH session: the protocol does not tell the server's name. */
  readonly region: string;
  readonly lfsAuthenticate: LfsAuthenticate;
  readonly logger: FastifyBaseLogger;
  readonly limits: SshLimits;
}

/** A command as the client asked for it. */
export interface CommandRequest {
  readonly command: string;
  /** GIT_PROTOCOL of the client's environment. */
  readonly gitProtocol: string | undefined;
  /** Bytes of the whole environment that the client sent. */
  readonly environmentBytes: number;
  readonly sourceIp: string;
  /** Software and version of the client's identification. */
  readonly userAgent: string;
  readonly keyId: string;
  /** Who has the key now; undefined when it does not count any more. */
  readonly principal: Principal | undefined;
}

/** As CodeCommit greets `ssh HOST`; the client adds that the connection was closed. */
export const NO_SHELL =
  'You have successfully authenticated over SSH. You can use Git to interact with AWS CodeCommit. ' +
  'Interactive shells are not supported.';
const NO_ARCHIVE = 'git archive over SSH is not supported: clone the repository and run git archive there';
const ELSEWHERE = 'There is nothing here: the path of a repository is /v1/repos/NAME';
const KEY_REVOKED = 'The SSH key is not active any more';
const REFUSED = 1;
/** Packets that `git archive` sends before it listens. */
const ARCHIVE_ARGUMENTS = 1_000;

/** Runs one command to its end and tells its exit status. */
export async function serveCommand(
  services: CommandServices,
  request: CommandRequest,
  conversation: Conversation,
): Promise<void> {
  const requestId = randomUUID();
  const started = performance.now();
  let status = REFUSED;
  const command = parseSshCommand(request.command.slice(0, services.limits.commandLength));
  try {
    status = await perform(services, request, command, conversation, requestId);
  } catch (error) {
    status = await answerFailure(services, error, conversation, requestId);
  } finally {
    const complete = !conversation.signal.aborted;
    conversation.finish(status);
    services.logger.info(
      {
        ssh: command.kind === 'git' ? command.service : command.kind,
        repository: 'repositoryName' in command ? command.repositoryName : undefined,
        sshPublicKeyId: request.keyId,
        requestId,
        status,
        milliseconds: Math.round(performance.now() - started),
        complete,
      },
      'ssh command',
    );
  }
}

async function perform(
  services: CommandServices,
  request: CommandRequest,
  command: SshCommand,
  conversation: Conversation,
  requestId: string,
): Promise<number> {
  const { commandLength, environmentBytes } = services.limits;
  if (request.command.length > commandLength) {
    return refuse(conversation, `The command is longer than ${commandLength} characters`);
  }
  if (request.environmentBytes > environmentBytes) {
    return refuse(conversation, `The environment is larger than ${environmentBytes} bytes`);
  }
  if (request.principal === undefined) return refuse(conversation, KEY_REVOKED);
  if (command.kind === 'unknown') return refuse(conversation, NO_SHELL);
  if (command.kind === 'elsewhere') return refuseGit(conversation, ELSEWHERE);
  if (command.kind === 'archive') {
    await readArguments(conversation);
    return refuseGit(conversation, NO_ARCHIVE);
  }
  services.throttle.admit(request.principal);
  const call = callOf(services, request, request.principal, requestId);
  if (command.kind === 'lfs')
    return authenticateLfs(services, call, { ...command, sshPublicKeyId: request.keyId }, conversation);
  const audited: AuditedSession = { call, protocol: 'SSH', repositoryName: command.repositoryName };
  const action = actionOf(command.service);
  const { access, session } = await auditedOpening(services, audited, action);
  const { repositories, gitSessions } = services;
  gitSessions.begin(session, eventOf(action));
  const { gitProtocol } = request;
  const body = conversation.received();
  const { signal } = conversation;
  const chunks =
    command.service === 'git-upload-pack'
      ? repositories.converseUploadPack(access.handle, {
          body,
          signal: () => signal,
          gitProtocol,
          onFetch: (last) => gitSessions.sendObjects(session, last),
        })
      : repositories.converseReceivePack(access.handle, gitProtocol, {
          body,
          signal,
          denial: (name) => denialOf(access, name),
          onPushed: (references) => gitSessions.push(session, references),
        });
  for await (const chunk of chunks) await conversation.send(chunk);
  return 0;
}

async function authenticateLfs(
  services: CommandServices,
  call: Call,
  { repositoryName, operation, sshPublicKeyId }: LfsWanted,
  conversation: Conversation,
): Promise<number> {
  const { lfsAuthenticate, gitSessions } = services;
  const audited: AuditedSession = { call, protocol: 'SSH', repositoryName, isLfs: true };
  const action = operation === 'download' ? 'codecommit:GitPull' : 'codecommit:GitPush';
  try {
    const { session } = await auditedOpening(services, audited, action);
    gitSessions.begin(session, eventOf(action));
    const answer = await lfsAuthenticate(call, { repositoryName, operation, sshPublicKeyId });
    await conversation.send(Buffer.from(`${JSON.stringify(answer)}\n`));
    return 0;
  } catch (error) {
    const { message, internal, warning } = refusalOf(error, call.requestId);
    if (internal || warning !== undefined) throw error;
    return refuse(conversation, message.trimEnd());
  }
}

function callOf(
  { region }: CommandServices,
  { sourceIp, userAgent }: CommandRequest,
  principal: Principal,
  requestId: string,
): Call {
  return {
    requestId,
    principal,
    environment: { sourceIp, userAgent, secureTransport: true, region, time: new Date() },
  };
}

/** @returns the exit status */
async function answerFailure(
  { logger }: CommandServices,
  error: unknown,
  conversation: Conversation,
  requestId: string,
): Promise<number> {
  if (conversation.signal.aborted) return REFUSED;
  if (error instanceof GitProcessError && error.status !== null) {
    const refusal = refusedFetch(error);
    if (refusal !== undefined) conversation.tell(refusal);
    return error.status;
  }
  const { message, internal, warning } = refusalOf(error, requestId);
  if (internal) logger.error({ err: error, requestId }, 'An SSH command failed');
  if (warning !== undefined) logger.warn({ err: warning, requestId }, 'An SSH command was refused');
  return refuseGit(conversation, message.trimEnd());
}

/** In Git's own form where Git listens for it: it prints `remote error: TEXT`. */
async function refuseGit(conversation: Conversation, text: string): Promise<number> {
  if (conversation.sentAnything) return refuse(conversation, text);
  await conversation.send(packet(`ERR ${text}\n`)).catch(() => {});
  return REFUSED;
}

function refuse(conversation: Conversation, text: string): number {
  conversation.tell(text);
  return REFUSED;
}

/** `git archive` would be killed by what it writes if nobody read it. */
async function readArguments(conversation: Conversation): Promise<void> {
  const reader = new PacketReader(conversation.received());
  for (let count = 0; count < ARCHIVE_ARGUMENTS; count++) {
    const next = await reader.read();
    if (next === undefined || next === 'flush') return;
  }
}
