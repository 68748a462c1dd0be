import type { Operation } from '../operation.ts';
import { assumeRole } from './assume-role.ts';
import { getAccessKeyInfo, getCallerIdentity } from './identities.ts';
import type { StsServices } from './service.ts';
import { getFederationToken, getSessionToken } from './user-sessions.ts';

export const stsOperations: ReadonlyMap<string, Operation<StsServices>> = new Map(
  [getCallerIdentity, getAccessKeyInfo, getSessionToken, getFederationToken, assumeRole].map((each) => [
    each.name,
    each,
  ]),
);
