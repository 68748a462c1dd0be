import type { Operation } from '../operation.ts';
import { createAlias, deleteAlias, listAliases, updateAlias } from './aliases.ts';
import {
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateRandom,
} from './data-keys.ts';
import { decrypt, encrypt, reEncrypt } from './encryption.ts';
import { createGrant, listGrants, listRetirableGrants, retireGrant, revokeGrant } from './grants.ts';
import { createKey } from './key-creation.ts';
import { describeKey, listKeys, updateKeyDescription } from './key-descriptions.ts';
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './key-policies.ts';
import {
  disableKeyRotation,
  enableKeyRotation,
  getKeyRotationStatus,
  listKeyRotations,
  rotateKeyOnDemand,
} from './key-rotation.ts';
import { cancelKeyDeletion, disableKey, enableKey, scheduleKeyDeletion } from './key-states.ts';
import { listResourceTags, tagResource, untagResource } from './key-tags.ts';
import { generateMac, verifyMac } from './macs.ts';
import type { KmsServices } from './service.ts';
import { getPublicKey, sign, verify } from './signatures.ts';

export type { KmsServices } from './service.ts';

/** The KMS operations: all but those of custom key stores, imported material, replicas and key agreement. */
export const kmsOperations: ReadonlyMap<string, Operation<KmsServices>> = new Map(
  [
    cancelKeyDeletion,
    createAlias,
    createGrant,
    createKey,
    decrypt,
    deleteAlias,
    describeKey,
    disableKey,
    disableKeyRotation,
    enableKey,
    enableKeyRotation,
    encrypt,
    generateDataKey,
    generateDataKeyPair,
    generateDataKeyPairWithoutPlaintext,
    generateDataKeyWithoutPlaintext,
    generateMac,
    generateRandom,
    getKeyPolicy,
    getKeyRotationStatus,
    getPublicKey,
    listAliases,
    listGrants,
    listKeyPolicies,
    listKeyRotations,
    listKeys,
    listResourceTags,
    listRetirableGrants,
    putKeyPolicy,
    reEncrypt,
    retireGrant,
    revokeGrant,
    rotateKeyOnDemand,
    scheduleKeyDeletion,
    sign,
    tagResource,
    untagResource,
    updateAlias,
    updateKeyDescription,
    verify,
    verifyMac,
  ].map((operation) => [operation.name, operation]),
);
