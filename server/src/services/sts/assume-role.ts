import { AssumeRole$, AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import {
  AccessDeniedError,
  type AuthorizedResource,
  authorize,
  type ConditionEntries,
} from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import { requestTagContext } from '../iam/tags.ts';
import type { Call, Target } from '../operation.ts';
import { accessDenied, validationError } from './errors.ts';
import { durationOfRole, issueRoleSession, roleOfArn } from './role-sessions.ts';
import { proveSecondFactor } from './second-factor.ts';
import { operation } from './service.ts';
import { sessionGrants, sessionTags } from './session-grants.ts';

interface RoleTarget extends Target {
  /** Undefined when there is none: an answer that the caller gets for a role that does not trust them too. */
  readonly role: RoleRow | undefined;
}

type Requested = Pick<
  AssumeRoleCommandInput,
  'DurationSeconds' | 'ExternalId' | 'ProvidedContexts' | 'SourceIdentity' | 'Tags' | 'TransitiveTagKeys'
> & { readonly RoleArn: string; readonly RoleSessionName: string };

/** What a session has from the session that assumes the role, and from the request. */
interface SessionAttributes {
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/** What the permission to assume a role may depend on. */
interface RequestAttributes extends SessionAttributes {
  /** With this very request. The session does not tell: IAM User Guide, "Secure API access with MFA". */
  readonly mfaAuthenticatedAt: Date | undefined;
}

/** In seconds: of a role that was assumed with the credentials of a role. */
const CHAINED_DURATION = 3_600;
const MAX_TAGS = 50;
const PROVED_NOW: ConditionEntries = [
  ['aws:MultiFactorAuthPresent', 'true'],
  ['aws:MultiFactorAuthAge', '0'],
];

/**
 * A session of a role that trusts the caller. Root and federated users can assume none.
 *
 * Sources: STS API Reference, AssumeRole; IAM User Guide, "Roles terms and concepts" (role chaining) and "Pass session
 * tags in AWS STS".
 */
export const assumeRole = operation(AssumeRole$, AssumeRoleCommand, {
  // Decided together with the role's trust policy.
  action: null,
  target: async ({ database }, _call, { RoleArn }): Promise<RoleTarget> => ({
    resources: [],
    role: (await roleOfArn(database, RoleArn)).role,
  }),
  async handle(services, call, input, { role }) {
    refuseCallersWithoutRoles(call, input);
    refuseUnsupported(input);
    const attributes = {
      ...attributesOf(call, input),
      mfaAuthenticatedAt: await proveSecondFactor(services, call, input),
    };
    if (role === undefined) throw notAuthorized(call, input);
    authorizeSession(call, input, role, attributes);
    const accountId = role.account_id;
    const { packedPolicySize, ...grants } = await sessionGrants(
      services.database,
      { accountId },
      input,
      attributes.tags,
    );
    const session = await issueRoleSession(services, call.environment.time, role, {
      sessionName: input.RoleSessionName,
      durationSeconds: durationOf(call, input, role),
      ...grants,
      transitiveTagKeys: attributes.transitiveTagKeys,
      sourceIdentity: attributes.sourceIdentity,
    });
    return {
      ...session,
      PackedPolicySize: packedPolicySize,
      SourceIdentity: attributes.sourceIdentity,
    };
  },
});

function refuseCallersWithoutRoles(call: Call, input: Requested): void {
  if (call.principal.kind === 'root') throw accessDenied('Roles may not be assumed by root accounts.');
  if (call.principal.kind === 'federated-user') throw notAuthorized(call, input);
}

function refuseUnsupported({ ProvidedContexts }: Requested): void {
  if (ProvidedContexts === undefined || ProvidedContexts.length === 0) return;
  throw validationError('Provided contexts come from identity providers, and there are none.');
}

/** AWS's words, the same whether the role does not exist, does not trust the caller, or the caller may not. */
function notAuthorized({ principal }: Call, { RoleArn }: Requested, action = 'sts:AssumeRole'): Error {
  return accessDenied(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${RoleArn}`);
}

/**
 * @throws ValidationError for a tag that would replace a transitive one, for a transitive key without a tag, and for a
 *   source identity other than the one that the caller has already
 */
function attributesOf({ principal, credential }: Call, input: Requested): SessionAttributes {
  const requested = sessionTags(input.Tags);
  const { tags: earlier = {}, transitiveTagKeys: inheritedKeys = [] } = credential?.session ?? {};
  const inherited = Object.fromEntries(Object.entries(earlier).filter(([key]) => includesKey(inheritedKeys, key)));
  const replaced = Object.keys(requested).find((key) => includesKey(Object.keys(inherited), key));
  if (replaced !== undefined) {
    throw validationError(
      `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: ${replaced}`,
    );
  }
  const { TransitiveTagKeys = [] } = input;
  const untagged = TransitiveTagKeys.find((key) => !includesKey(Object.keys(requested), key));
  if (untagged !== undefined) {
    throw validationError(`The specified transitive tag key must be included in the requested tags: ${untagged}`);
  }
  const tags = { ...inherited, ...requested };
  if (Object.keys(tags).length > MAX_TAGS) throw validationError(`A session can have at most ${MAX_TAGS} tags.`);
  const sourceIdentity = principal.session?.sourceIdentity;
  if (sourceIdentity !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity) {
    throw validationError('The source identity of a session cannot be changed.');
  }
  return {
    tags,
    transitiveTagKeys: [...inheritedKeys, ...TransitiveTagKeys],
    sourceIdentity: sourceIdentity ?? input.SourceIdentity,
  };
}

/** Tag keys differ in more than case. */
function includesKey(keys: readonly string[], key: string): boolean {
  return keys.some((each) => each.toLowerCase() === key.toLowerCase());
}

/** Tags and a source identity, inherited ones included, need permissions of their own. @throws AccessDenied */
function authorizeSession(call: Call, input: Requested, role: RoleRow, attributes: RequestAttributes): void {
  const tags = JSON.parse(role.tags) as Tags;
  const assumed: AuthorizedResource = {
    arn: input.RoleArn,
    accountId: role.account_id,
    tags,
    policy: { type: 'role trust', documents: [role.trust_policy], consent: 'required' },
  };
  const actions = ['sts:AssumeRole'];
  if (Object.keys(attributes.tags).length > 0) actions.push('sts:TagSession');
  if (attributes.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
  const context = contextOf(input, tags, attributes);
  try {
    for (const action of actions) authorize(call.principal, call.environment, action, assumed, context);
  } catch (error) {
    // Its reason would tell a stranger that the role exists.
    throw error instanceof AccessDeniedError ? notAuthorized(call, input, error.action) : error;
  }
}

function contextOf(input: Requested, roleTags: Tags, attributes: RequestAttributes): ConditionEntries {
  const { tags, transitiveTagKeys, sourceIdentity, mfaAuthenticatedAt } = attributes;
  return [
    ...requestTagContext(Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))),
    ...Object.entries(roleTags).map(([key, value]) => [`iam:ResourceTag/${key}`, value] as const),
    ['sts:RoleSessionName', input.RoleSessionName],
    ['sts:TransitiveTagKeys', transitiveTagKeys],
    ...(input.ExternalId === undefined ? [] : [['sts:ExternalId', input.ExternalId] as const]),
    ...(sourceIdentity === undefined ? [] : [['sts:SourceIdentity', sourceIdentity] as const]),
    ...(mfaAuthenticatedAt === undefined ? [] : PROVED_NOW),
  ];
}

/** In seconds. @throws ValidationError */
function durationOf({ principal }: Call, input: Requested, role: RoleRow): number {
  const duration = durationOfRole(input, role);
  if (principal.kind === 'assumed-role' && duration > CHAINED_DURATION) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return duration;
}
