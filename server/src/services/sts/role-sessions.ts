import type { AssumedRoleUser, Credentials } from '@aws-sdk/client-sts';
import type { SessionClaims } from '../../access/authentication/session-tokens.ts';
import { assumedRoleArn, isAccountOpen, roleArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import { findRole } from '../iam/role-targets.ts';
import { issuedCredentials } from './credentials.ts';
import { validationError } from './errors.ts';
import type { StsServices } from './service.ts';

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/;
/** In seconds. */
const DEFAULT_DURATION = 3_600;

/**
 * The role of an ARN, in whatever account; undefined when there is none, or its account is closed.
 *
 * @throws ValidationError for what is no ARN of a role
 */
export async function roleOfArn(
  database: Database,
  arn: string,
): Promise<{ readonly accountId: string; readonly role: RoleRow | undefined }> {
  const [, accountId, roleName] = ROLE_ARN.exec(arn) ?? [];
  if (accountId === undefined || roleName === undefined) throw validationError(`${arn} is invalid`);
  const role = await findRole(database, accountId, roleName);
  // The path and the case are part of the ARN, though not of what makes a name unique.
  const isNamed = role !== undefined && roleArn(accountId, role.path, role.role_name) === arn;
  return { accountId, role: isNamed && (await isAccountOpen(database, accountId)) ? role : undefined };
}

/** In seconds. @throws ValidationError */
export function durationOfRole(
  { DurationSeconds = DEFAULT_DURATION }: { readonly DurationSeconds?: number | undefined },
  role: RoleRow,
): number {
  // The default is never too long: a role's shortest maximum is an hour.
  if (DurationSeconds <= role.max_session_duration) return DurationSeconds;
  throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
}

type RoleSession = Pick<SessionClaims, 'policy' | 'policyArns' | 'tags' | 'transitiveTagKeys' | 'sourceIdentity'> & {
  readonly sessionName: string;
  readonly durationSeconds: number;
};

/** Who the session is, and its credentials. */
export async function issueRoleSession(
  { sessionTokens }: Pick<StsServices, 'sessionTokens'>,
  time: Date,
  role: RoleRow,
  { sessionName, durationSeconds, ...claims }: RoleSession,
): Promise<{ Credentials: Credentials; AssumedRoleUser: AssumedRoleUser }> {
  const issuedAt = time.getTime();
  const issued = await sessionTokens.issue({
    accountId: role.account_id,
    subject: { kind: 'assumed-role', roleId: role.role_id, sessionName },
    issuedAt,
    expiresAt: issuedAt + durationSeconds * 1000,
    ...claims,
  });
  return {
    Credentials: issuedCredentials(issued),
    AssumedRoleUser: {
      AssumedRoleId: `${role.role_id}:${sessionName}`,
      Arn: assumedRoleArn(role.account_id, role.role_name, sessionName),
    },
  };
}
