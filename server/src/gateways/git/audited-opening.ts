import type { IncomingMessage } from 'node:http';
import { AccessDeniedError } from '../../access/authorization.ts';
import type { AuditTrail } from '../../observability/audit/audit-trail.ts';
import type { FailedSignIns } from '../../observability/audit/failed-sign-ins.ts';
import type { GitSession, GitSessions } from '../../observability/audit/git-sessions.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import { userIdentityOf } from '../../observability/audit/user-identity.ts';
import type { GitService } from '../../repositories/repositories.ts';
import { repositoryArn } from '../../services/codecommit/arns.ts';
import { type GitAccess, type GitAction, openRepository } from '../../services/codecommit/git-access.ts';
import type { CodecommitServices } from '../../services/codecommit/service.ts';
import type { Call } from '../../services/operation.ts';
import { ServiceError } from '../../services/service-error.ts';

/** Where Git sessions are recorded, whichever door they come through. */
export interface SessionAudit {
  readonly audit: Pick<AuditTrail, 'room' | 'admitChange' | 'record'>;
  readonly gitSessions: GitSessions;
  readonly failedSignIns: Pick<FailedSignIns, 'record'>;
}

/** A session before it is known whether it is let in. */
export interface AuditedSession {
  readonly call: Call;
  readonly protocol: 'HTTP' | 'SSH';
  readonly repositoryName: string;
  /** Over HTTP. */
  readonly request?: IncomingMessage;
  readonly isLfs?: boolean;
}

interface OpenedSession {
  readonly access: GitAccess;
  readonly session: GitSession;
}

/** {@link openRepository}, with a record of a session that is not let in. */
export async function auditedOpening(
  { codecommit, audit, gitSessions }: Omit<SessionAudit, 'failedSignIns'> & { readonly codecommit: CodecommitServices },
  audited: AuditedSession,
  action: GitAction,
): Promise<OpenedSession> {
  await audit.room();
  if (action === 'codecommit:GitPush') audit.admitChange();
  try {
    const { call, repositoryName } = audited;
    const access = await openRepository(codecommit, call, { repositoryName, action });
    return { access, session: gitSession(audited, access) };
  } catch (error) {
    const code = refusalCode(error);
    if (code !== undefined) {
      gitSessions.refuse(gitSession(audited), eventOf(action), { code, message: (error as Error).message });
    }
    throw error;
  }
}

/** What a session of this service needs. */
export function actionOf(service: GitService): GitAction {
  return service === 'git-upload-pack' ? 'codecommit:GitPull' : 'codecommit:GitPush';
}

/** The event of a session that needs the action. */
export function eventOf(action: GitAction): 'GitPull' | 'GitPush' {
  return action === 'codecommit:GitPull' ? 'GitPull' : 'GitPush';
}

/** @param access absent where it was not let in */
export function gitSession(
  { call, protocol, repositoryName, request, isLfs = false }: AuditedSession,
  access?: GitAccess,
): GitSession {
  const { principal, environment, credential, requestId } = call;
  const { region, time, sourceIp, userAgent } = environment;
  const { accessKeyId } = credential ?? {};
  // Now: it is recorded when the connection may be gone.
  const tls = request && tlsDetailsOf(request);
  return {
    client: `${protocol} ${principal.userId} ${accessKeyId} ${region} ${repositoryName} ${sourceIp} ${isLfs} ${userAgent}`,
    details: () => ({
      identity: userIdentityOf(principal, accessKeyId),
      ...{ requestId, time, sourceIp, userAgent, region, protocol, repositoryName },
      tls,
      repositoryArn: repositoryArn({ accountId: principal.accountId, region, repositoryName }),
      repositoryId: access?.repository.repository_id,
      isLfs,
    }),
  };
}

function refusalCode(error: unknown): string | undefined {
  if (error instanceof AccessDeniedError) return 'AccessDenied';
  return error instanceof ServiceError ? error.exception : undefined;
}
