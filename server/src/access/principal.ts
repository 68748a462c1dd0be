import type { SourcedPolicy } from './policy/evaluation.ts';

export type Tags = Readonly<Record<string, string>>;

/**
 * Who calls, and every policy that speaks about them. Users are remembered while nothing of them changes
 * (`access-cache.ts`): revoking works on the next request.
 */
export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user';
  /** Twelve digits. */
  readonly accountId: string;
  /**
   * arn:aws:iam::ACCOUNT:root, arn:aws:iam::ACCOUNT:user/PATH/NAME, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION or
   * arn:aws:sts::ACCOUNT:federated-user/NAME
   */
  readonly arn: string;
  /** aws:userid: AIDA…, the account ID for root, AROA…:SESSION, or ACCOUNT:NAME of a federated user. */
  readonly userId: string;
  /** Of IAM users only. */
  readonly userName?: string;
  /** Of a federated user whom an IAM user federated: that user's unique ID. */
  readonly federatedBy?: string;
  /** aws:PrincipalTag: of the user or the role, and those of the session, which replace them. */
  readonly tags: Tags;
  /** Of a federated user: those of who federated them. */
  readonly identityPolicies: readonly SourcedPolicy[];
  /** A managed policy that says what the user or the role may do at most, whatever their policies allow. */
  readonly permissionsBoundary?: SourcedPolicy;
  /** Where they are, even without a single one, nothing is allowed that none of them allows. */
  readonly sessionPolicies?: readonly SourcedPolicy[];
  /** Present when the caller came with temporary credentials or is signed in to the console. */
  readonly session?: PrincipalSession;
}

/** What temporary credentials or a session of the console say of themselves. */
export interface PrincipalSession {
  /** aws:TokenIssueTime */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** ARN of the role that a session has assumed: aws:PrincipalArn, where policies name roles and not their sessions. */
  readonly issuerArn?: string;
  /** aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge; absent when there was no second factor. */
  readonly mfaAuthenticatedAt?: Date;
  /** aws:SourceIdentity: set once, kept through chains of roles. */
  readonly sourceIdentity?: string;
}

/** What is known of a request whichever door it came through. */
export interface RequestEnvironment {
  /** IPv4 or IPv6 address of the peer. */
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** The request came over TLS or SSH. */
  readonly secureTransport: boolean;
  readonly region: string;
  readonly time: Date;
}
