import { deflateRawSync } from 'node:zlib';
import type { PolicyDescriptorType, Tag } from '@aws-sdk/client-sts';
import type { SessionClaims } from '../../access/authentication/session-tokens.ts';
import { MalformedPolicyDocumentError, parsePolicyDocument } from '../../access/policy/policy-document.ts';
import type { Principal, Tags } from '../../access/principal.ts';
import type { Database } from '../../storage/database/database.ts';
import { findPolicy } from '../iam/policy-catalogue.ts';
import { ServiceError } from '../service-error.ts';
import { malformedPolicy, packedPolicyTooLarge, validationError } from './errors.ts';

/** What a request gives to a session beside its identity. */
export interface SessionGrants extends Pick<SessionClaims, 'policy' | 'policyArns' | 'tags'> {
  /** How much of what a token can hold this takes, in percent; undefined when there is nothing. */
  readonly packedPolicySize: number | undefined;
}

interface RequestedGrants {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined;
}

/** STS API Reference, AssumeRole: PolicyArns. */
const MAX_POLICY_ARNS = 10;
/** Characters of an inline session policy; AWS has room for 2,048 of inline and managed policies together. */
const MAX_POLICY_LENGTH = 10_240;
/** Packed: what fits, base64 encoded twice, into the headers of a Git request. */
const MAX_PACKED_BYTES = 4_096;
const RESERVED_PREFIX = 'aws:';

/**
 * Checks and packs the policies and tags of a session.
 *
 * @throws MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError
 */
export async function sessionGrants(
  database: Database,
  { accountId }: Pick<Principal, 'accountId'>,
  { Policy: policy, PolicyArns = [] }: RequestedGrants,
  tags: Tags,
): Promise<SessionGrants> {
  if (policy !== undefined) refuseMalformedPolicy(policy);
  if (PolicyArns.length > MAX_POLICY_ARNS) {
    throw validationError(`A session can have at most ${MAX_POLICY_ARNS} managed policies as session policies.`);
  }
  const policyArns = PolicyArns.map(({ arn = '' }) => arn);
  for (const arn of policyArns) await refuseUnknownPolicy(database, accountId, arn);
  const grants = {
    policy,
    policyArns: policyArns.length === 0 ? undefined : policyArns,
    tags: Object.keys(tags).length === 0 ? undefined : tags,
  };
  return { ...grants, packedPolicySize: packedPolicySize(grants) };
}

/** @throws ValidationError for keys that differ in nothing but case or are reserved */
export function sessionTags(tags: readonly Tag[] | undefined): Tags {
  const entries = (tags ?? []).map(({ Key, Value }): [string, string] => [Key ?? '', Value ?? '']);
  const reserved = entries.find(([key]) => key.toLowerCase().startsWith(RESERVED_PREFIX));
  if (reserved !== undefined) {
    throw validationError(`Tag keys that start with ${RESERVED_PREFIX} are reserved: ${reserved[0]}`);
  }
  if (new Set(entries.map(([key]) => key.toLowerCase())).size < entries.length) {
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return Object.fromEntries(entries);
}

function refuseMalformedPolicy(text: string): void {
  if (text.length > MAX_POLICY_LENGTH) {
    throw packedPolicyTooLarge(`A session policy can have at most ${MAX_POLICY_LENGTH} characters.`);
  }
  try {
    parsePolicyDocument(text);
  } catch (error) {
    throw error instanceof MalformedPolicyDocumentError ? malformedPolicy(error.message) : error;
  }
}

async function refuseUnknownPolicy(database: Database, accountId: string, arn: string): Promise<void> {
  const unknown = validationError(`Policy ${arn} does not exist or is not of the session's account.`);
  try {
    if ((await findPolicy(database, accountId, arn)) === undefined) throw unknown;
  } catch (error) {
    // IAM's word for what is no ARN of a policy at all.
    throw error instanceof ServiceError ? unknown : error;
  }
}

function packedPolicySize(grants: Omit<SessionGrants, 'packedPolicySize'>): number | undefined {
  if (Object.values(grants).every((each) => each === undefined)) return undefined;
  const percent = Math.ceil((deflateRawSync(JSON.stringify(grants)).length * 100) / MAX_PACKED_BYTES);
  if (percent <= 100) return percent;
  throw packedPolicyTooLarge(`Packed size of the session's policies and tags consumes ${percent}% of allotted space.`);
}
