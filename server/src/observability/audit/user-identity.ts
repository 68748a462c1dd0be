import type { Principal, PrincipalSession } from '../../access/principal.ts';

interface SessionContext {
  readonly sessionIssuer?: {
    readonly type: 'Role';
    readonly principalId: string;
    readonly arn: string;
    readonly accountId: string;
    readonly userName: string;
  };
  readonly attributes: { readonly creationDate: string; readonly mfaAuthenticated: 'true' | 'false' };
  readonly sourceIdentity?: string;
}

/** Source: CloudTrail User Guide, "CloudTrail userIdentity element". */
export interface UserIdentity {
  readonly type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'WebIdentityUser' | 'Unknown';
  readonly principalId?: string;
  readonly arn?: string;
  /** Twelve digits; absent where nobody knows. */
  readonly accountId?: string;
  readonly accessKeyId?: string;
  /** Of IAM users, and the subject of a token of an identity provider. */
  readonly userName?: string;
  /** Who vouched for a WebIdentityUser. */
  readonly identityProvider?: string;
  readonly sessionContext?: SessionContext;
}

const TYPES: Readonly<Record<Principal['kind'], UserIdentity['type']>> = {
  root: 'Root',
  user: 'IAMUser',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
};

/** @param accessKeyId what the request was signed with, where it was signed */
export function userIdentityOf(principal: Principal, accessKeyId?: string): UserIdentity {
  const { kind, accountId, arn, userId, userName, session } = principal;
  return {
    type: TYPES[kind],
    principalId: userId,
    arn,
    accountId,
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(userName === undefined ? {} : { userName }),
    ...(session === undefined ? {} : { sessionContext: sessionContextOf(principal, session) }),
  };
}

function sessionContextOf({ kind, accountId, userId }: Principal, session: PrincipalSession): SessionContext {
  const { issuedAt, issuerArn, mfaAuthenticatedAt, sourceIdentity } = session;
  const attributes = {
    creationDate: issuedAt.toISOString().replace(/\.\d{3}Z$/u, 'Z'),
    mfaAuthenticated: mfaAuthenticatedAt === undefined ? ('false' as const) : ('true' as const),
  };
  const rest = { attributes, ...(sourceIdentity === undefined ? {} : { sourceIdentity }) };
  if (kind !== 'assumed-role' || issuerArn === undefined) return rest;
  const sessionIssuer = {
    type: 'Role' as const,
    principalId: userId.slice(0, userId.indexOf(':')),
    arn: issuerArn,
    accountId,
    userName: issuerArn.slice(issuerArn.lastIndexOf('/') + 1),
  };
  return { sessionIssuer, ...rest };
}

/** What LookupEvents calls the user: the name of an IAM user, the session of a role. */
export function userNameOf({ type, principalId, userName }: UserIdentity): string | undefined {
  if (type === 'Root') return 'root';
  return userName ?? principalId?.slice(principalId.indexOf(':') + 1);
}
