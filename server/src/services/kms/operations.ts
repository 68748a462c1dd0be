import type { Operation } from '../operation.ts';
import { listAliases } from './aliases.ts';
import { describeKey, getKeyRotationStatus, listKeys, listResourceTags } from './key-descriptions.ts';
import { getKeyPolicy, listKeyPolicies } from './key-policies.ts';
import type { KmsServices } from './service.ts';

export type { KmsServices } from './service.ts';

/** The KMS operations for the keys that there are now: the AWS managed ones. */
export const kmsOperations: ReadonlyMap<string, Operation<KmsServices>> = new Map(
  [describeKey, getKeyPolicy, getKeyRotationStatus, listAliases, listKeyPolicies, listKeys, listResourceTags].map(
    (operation) => [operation.name, operation],
  ),
);
