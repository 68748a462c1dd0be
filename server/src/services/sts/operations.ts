import type { Operation, UnsignedOperation } from '../operation.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { decodeAuthorizationMessage } from './authorization-messages.ts';
import { getAccessKeyInfo, getCallerIdentity } from './identities.ts';
import type { StsServices } from './service.ts';
import { getFederationToken, getSessionToken } from './user-sessions.ts';

export const stsOperations: ReadonlyMap<string, Operation<StsServices>> = new Map(
  [
    getCallerIdentity,
    getAccessKeyInfo,
    getSessionToken,
    getFederationToken,
    assumeRole,
    decodeAuthorizationMessage,
  ].map((each) => [each.name, each]),
);

/** What is asked for without credentials of this server. */
export const unsignedStsOperations: ReadonlyMap<string, UnsignedOperation<StsServices>> = new Map(
  [assumeRoleWithWebIdentity].map((each) => [each.name, each]),
);
