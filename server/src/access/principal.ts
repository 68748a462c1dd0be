import type { SourcedPolicy } from './policy/evaluation.ts';

export type Tags = Readonly<Record<string, string>>;

/**
 * Who calls, and every policy that speaks about them. Users are remembered while nothing of them changes
 * (`access-cache.ts`): revoking works on the next request.
 */
export interface Principal {
  readonly kind: 'root' | 'user';
  /** Twelve digits. */
  readonly accountId: string;
  /** arn:aws:iam::ACCOUNT:root or arn:aws:iam::ACCOUNT:user/PATH/NAME */
  readonly arn: string;
  /** aws:userid: AIDA…, or the account ID for root. */
  readonly userId: string;
  /** Absent for root. */
  readonly userName?: string;
  readonly tags: Tags;
  readonly identityPolicies: readonly SourcedPolicy[];
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
