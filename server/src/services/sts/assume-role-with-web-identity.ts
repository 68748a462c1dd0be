import {
  AssumeRoleWithWebIdentity$,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  ExpiredTokenException$,
  IDPCommunicationErrorException$,
  InvalidIdentityTokenException$,
} from '@aws-sdk/client-sts';
import type { StaticErrorSchema } from '@smithy/types';
import { type ConditionEntries, isTrusted } from '../../access/authorization.ts';
import type { RequestEnvironment, Tags } from '../../access/principal.ts';
import {
  claimedIssuer,
  type IdentityClaims,
  IdentityTokenError,
  verifyIdentityToken,
} from '../../access/web-identity/identity-token.ts';
import { ProviderKeysError } from '../../access/web-identity/provider-keys.ts';
import type { OidcProviderRow, RoleRow } from '../../storage/database/schema.ts';
import { requestTagContext } from '../iam/tags.ts';
import { ServiceError } from '../service-error.ts';
import { accessDenied, validationError } from './errors.ts';
import { durationOfRole, issueRoleSession, roleOfArn } from './role-sessions.ts';
import { type StsServices, unsignedOperation } from './service.ts';
import { sessionGrants, sessionTags } from './session-grants.ts';

type Requested = Pick<AssumeRoleWithWebIdentityCommandInput, 'DurationSeconds' | 'Policy' | 'PolicyArns'> & {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly WebIdentityToken: string;
};

/**
 * A session of a role for whom an OpenID Connect provider vouches; nobody signs the request. The provider must be one of
 * the role's account, the token's audience one of its client IDs, and the role must trust it.
 *
 * Sources: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "OIDC federation". Texts as AWS sends them.
 */
export const assumeRoleWithWebIdentity = unsignedOperation(
  AssumeRoleWithWebIdentity$,
  AssumeRoleWithWebIdentityCommand,
  async (services, { environment }, input) => {
    if (input.ProviderId !== undefined) {
      // OAuth 2.0 access tokens of Amazon and Facebook, whose APIs would have to be asked.
      throw validationError('ProviderId must not be given with an OpenID Connect ID token.');
    }
    const { accountId, role } = await roleOfArn(services.database, input.RoleArn);
    const { provider, claims } = await verified(services, accountId, input.WebIdentityToken, environment.time);
    if (role === undefined) throw notAuthorized();
    const tags = sessionTags(Object.entries(claims.tags).map(([Key, Value]) => ({ Key, Value })));
    authorizeSession(environment, input, role, provider, claims);
    const { packedPolicySize, ...grants } = await sessionGrants(services.database, { accountId }, input, tags);
    const session = await issueRoleSession(services, environment.time, role, {
      sessionName: input.RoleSessionName,
      durationSeconds: durationOfRole(input, role),
      ...grants,
      transitiveTagKeys: claims.transitiveTagKeys,
      sourceIdentity: claims.sourceIdentity,
    });
    return {
      ...session,
      PackedPolicySize: packedPolicySize,
      SourceIdentity: claims.sourceIdentity,
      SubjectFromWebIdentityToken: claims.subject,
      Audience: audienceOf(provider, claims),
      Provider: claims.issuer,
    };
  },
);

/** @throws InvalidIdentityToken, ExpiredToken, IDPCommunicationError */
async function verified(
  { database, providerKeys }: StsServices,
  accountId: string,
  token: string,
  time: Date,
): Promise<{ provider: OidcProviderRow; claims: IdentityClaims }> {
  try {
    const issuer = claimedIssuer(token);
    const provider = await database
      .selectFrom('oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('url', '=', issuer.replace(/^https:\/\//, ''))
      .executeTakeFirst();
    if (provider === undefined) {
      throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
    }
    const { url, thumbprints } = provider;
    const trusted = { url, thumbprints: JSON.parse(thumbprints) as string[] };
    const claims = await verifyIdentityToken(token, trusted, providerKeys, time);
    if (audienceOf(provider, claims) === undefined) throw invalidToken('Incorrect token audience');
    return { provider, claims };
  } catch (error) {
    throw tokenRefusal(error, time);
  }
}

/** The first that the provider has as client ID. */
function audienceOf({ client_ids }: OidcProviderRow, { audiences }: IdentityClaims): string | undefined {
  const clientIds = JSON.parse(client_ids) as string[];
  return audiences.find((audience) => clientIds.includes(audience));
}

function tokenRefusal(error: unknown, time: Date): unknown {
  if (error instanceof ProviderKeysError) {
    return refusal(
      IDPCommunicationErrorException$,
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  if (!(error instanceof IdentityTokenError)) return error;
  const { problem } = error;
  if (typeof problem === 'object' && 'expiredAt' in problem) {
    const now = Math.floor(time.getTime() / 1000);
    return refusal(
      ExpiredTokenException$,
      `Token expired: current date/time ${now} must be before the expiration date/time ${problem.expiredAt}`,
    );
  }
  if (typeof problem === 'object') return invalidToken(`Missing a required claim: ${problem.missing}`);
  return invalidToken(TOKEN_PROBLEMS[problem]);
}

const TOKEN_PROBLEMS = {
  malformed: 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  early: 'The ID Token provided is not valid yet.',
  signature: 'Provided Token is not a valid OpenIDConnect token: its signature cannot be verified',
} as const;

/** What the token brings beside its subject needs permissions of its own. @throws AccessDenied */
function authorizeSession(
  environment: RequestEnvironment,
  input: Requested,
  role: RoleRow,
  provider: OidcProviderRow,
  claims: IdentityClaims,
): void {
  const actions = ['sts:AssumeRoleWithWebIdentity'];
  if (Object.keys(claims.tags).length > 0) actions.push('sts:TagSession');
  if (claims.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
  const context = contextOf(input, provider, claims);
  const resource = { arn: input.RoleArn, accountId: role.account_id, tags: JSON.parse(role.tags) as Tags };
  for (const action of actions) {
    if (!isTrusted(role.trust_policy, provider.provider_arn, environment, action, resource, context)) {
      throw notAuthorized();
    }
  }
}

function contextOf(input: Requested, { url, provider_arn }: OidcProviderRow, claims: IdentityClaims): ConditionEntries {
  return [
    ...requestTagContext(Object.entries(claims.tags).map(([Key, Value]) => ({ Key, Value }))),
    [`${url}:aud`, claims.audiences],
    [`${url}:sub`, claims.subject],
    [`${url}:amr`, claims.amr],
    ['aws:FederatedProvider', provider_arn],
    ['sts:RoleSessionName', input.RoleSessionName],
    ['sts:TransitiveTagKeys', claims.transitiveTagKeys],
    ...(claims.sourceIdentity === undefined ? [] : [['sts:SourceIdentity', claims.sourceIdentity] as const]),
  ];
}

/** Whether the role does not exist or does not trust. */
function notAuthorized(): ServiceError {
  return accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity');
}

function invalidToken(message: string): ServiceError {
  return refusal(InvalidIdentityTokenException$, message);
}

function refusal(schema: StaticErrorSchema, message: string): ServiceError {
  return new ServiceError(schema, message);
}
