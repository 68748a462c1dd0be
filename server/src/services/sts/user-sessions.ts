import {
  GetFederationToken$,
  GetFederationTokenCommand,
  GetSessionToken$,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import type { SessionParent } from '../../access/authentication/session-tokens.ts';
import { authorize } from '../../access/authorization.ts';
import { federatedUserArn } from '../../access/session-principals.ts';
import { requestTagContext } from '../iam/tags.ts';
import type { Call } from '../operation.ts';
import { issuedCredentials } from './credentials.ts';
import { accessDenied } from './errors.ts';
import { proveSecondFactor } from './second-factor.ts';
import { operation } from './service.ts';
import { sessionGrants, sessionTags } from './session-grants.ts';

/** In seconds; the longest session of root is the second of these, whatever is asked for. */
const DEFAULT_DURATION = 43_200;
const ROOT_DURATION = 3_600;

/**
 * Needs no permission, and no policy can deny it: IAM User Guide, "Permissions for GetSessionToken". The session may do
 * what its user may, but call neither IAM without a second factor nor STS for more than AssumeRole and GetCallerIdentity.
 */
export const getSessionToken = operation(GetSessionToken$, GetSessionTokenCommand, {
  action: null,
  target: () => ({ resources: [] }),
  async handle(services, call, input) {
    refuseSession(call, 'GetSessionToken');
    const mfaAuthenticatedAt = await proveSecondFactor(services, call, input);
    const issuedAt = call.environment.time.getTime();
    const issued = await services.sessionTokens.issue({
      accountId: call.principal.accountId,
      subject: { kind: 'user', ...parentOf(call) },
      issuedAt,
      expiresAt: issuedAt + durationOf(call, input) * 1000,
      mfaAuthenticatedAt: mfaAuthenticatedAt?.getTime(),
    });
    return { Credentials: issuedCredentials(issued) };
  },
});

/** The federated user may do what the caller may and a session policy allows: nothing without one. */
export const getFederationToken = operation(GetFederationToken$, GetFederationTokenCommand, {
  target: (_services, { principal: { accountId } }, { Name, Tags }) => ({
    resources: [{ arn: federatedUserArn(accountId, Name), accountId }],
    context: requestTagContext(Tags),
  }),
  async handle({ database, sessionTokens }, call, input, { resources: [resource], context }) {
    refuseSession(call, 'GetFederationToken');
    const { principal, environment } = call;
    const tags = sessionTags(input.Tags);
    if (Object.keys(tags).length > 0 && resource !== undefined) {
      authorize(principal, environment, 'sts:TagSession', resource, context);
    }
    const { packedPolicySize, ...grants } = await sessionGrants(database, principal, input, tags);
    const issuedAt = environment.time.getTime();
    const issued = await sessionTokens.issue({
      accountId: principal.accountId,
      subject: { kind: 'federated-user', name: input.Name, ...parentOf(call) },
      issuedAt,
      expiresAt: issuedAt + durationOf(call, input) * 1000,
      ...grants,
    });
    return {
      Credentials: issuedCredentials(issued),
      FederatedUser: {
        FederatedUserId: `${principal.accountId}:${input.Name}`,
        Arn: federatedUserArn(principal.accountId, input.Name),
      },
      PackedPolicySize: packedPolicySize,
    };
  },
});

function refuseSession({ principal }: Call, operationName: string): void {
  if (principal.session === undefined) return;
  throw accessDenied(`Cannot call ${operationName} with session credentials`);
}

function parentOf({ principal, credential }: Call): SessionParent {
  return {
    userId: principal.kind === 'root' ? null : principal.userId,
    parentAccessKeyId: credential?.accessKeyId,
  };
}

function durationOf(
  { principal }: Call,
  { DurationSeconds = DEFAULT_DURATION }: { DurationSeconds?: number | undefined },
) {
  return principal.kind === 'root' ? Math.min(DurationSeconds, ROOT_DURATION) : DurationSeconds;
}
