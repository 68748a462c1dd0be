import {
  Decrypt$,
  DecryptCommand,
  Encrypt$,
  EncryptCommand,
  type EncryptionAlgorithmSpec,
  IncorrectKeyException$,
  ReEncrypt$,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { authorize } from '../../access/authorization.ts';
import { type EncryptionContext, SealedMessageError } from '../../storage/encryption/messages.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { type CiphertextHeader, decryptUnderKey, encryptUnderKey, readCiphertextHeader } from './ciphertexts.ts';
import {
  accessDenied,
  invalidCiphertext,
  invalidKeyUsage,
  keyDoesNotExist,
  refuseDryRun,
  unsupported,
  validationException,
} from './errors.ts';
import { allowsContext, type Grant } from './key-grants.ts';
import { keyMaterialId, newestMaterial } from './key-material.ts';
import { keyAlgorithms } from './key-specs.ts';
import { enabledKey, foundKeyTarget, type KeyTarget, keyOrAliasTarget, usableKey } from './key-targets.ts';
import { encryptionConditions, type FoundKey, findKeyInRegion } from './keys.ts';
import { decryptRsa, encryptRsa } from './rsa-encryption.ts';
import { type KmsServices, operation } from './service.ts';

const SYMMETRIC = 'SYMMETRIC_DEFAULT';

/** What an encryption or a decryption is asked for, whichever operation asks. */
interface CryptographicRequest {
  readonly algorithm: EncryptionAlgorithmSpec;
  readonly context: EncryptionContext;
  readonly grantTokens: readonly string[] | undefined;
}

export const encrypt = operation(Encrypt$, EncryptCommand, {
  target: (services, call, input) =>
    keyOrAliasTarget(services, call, input.KeyId, keyRequest(encryptionRequest(input))),
  handle: async (services, _call, input, target) => {
    const { algorithm, context } = encryptionRequest(input);
    const key = encryptionKey(target, 'Encrypt', algorithm, context);
    refuseDryRun(input.DryRun);
    const { ciphertext } = await encrypted(services, key, algorithm, context, input.Plaintext);
    return { CiphertextBlob: ciphertext, KeyId: target.arn, EncryptionAlgorithm: algorithm };
  },
});

/** Which key it takes, a symmetric ciphertext tells by itself; a request that names a key wants that one only. */
export const decrypt = operation(Decrypt$, DecryptCommand, {
  action: null,
  target: async (services, call, input) => {
    refuseEnclaves(input);
    const ciphertext = requireCiphertext(input.CiphertextBlob);
    const source = { action: 'kms:Decrypt', keyId: input.KeyId, ciphertext, ...encryptionRequest(input) };
    return { target: await authorizedSource(services, call, source), ciphertext, resources: [] };
  },
  handle: async (services, _call, input, { target, ciphertext }) => {
    const { algorithm, context } = encryptionRequest(input);
    const key = encryptionKey(target, 'Decrypt', algorithm, context);
    const { plaintext, version } = await decrypted(services, key, algorithm, context, ciphertext);
    refuseDryRun(input.DryRun);
    return {
      KeyId: target.arn,
      Plaintext: plaintext,
      EncryptionAlgorithm: algorithm,
      ...materialId('KeyMaterialId', key, version),
    };
  },
});

/** Two actions on two keys: kms:ReEncryptFrom on what decrypts, kms:ReEncryptTo on what encrypts. */
export const reEncrypt = operation(ReEncrypt$, ReEncryptCommand, {
  action: null,
  target: async (services, call, input) => {
    refuseEnclaves(input);
    const ciphertext = requireCiphertext(input.CiphertextBlob);
    const { from, to } = reEncryptionRequests(input);
    const destination = await keyOrAliasTarget(services, call, input.DestinationKeyId, keyRequest(to));
    const source = await authorizedSource(services, call, {
      action: 'kms:ReEncryptFrom',
      keyId: input.SourceKeyId,
      ciphertext,
      onSameKeyAs: destination.arn,
      ...from,
    });
    authorize(call.principal, call.environment, 'kms:ReEncryptTo', destination.resources[0], [
      ...destination.context,
      ['kms:ReEncryptOnSameKey', String(source.arn === destination.arn)],
    ]);
    return { source, destination, ciphertext, resources: [] };
  },
  handle: async (services, _call, input, { source, destination, ciphertext }) => {
    const { from, to } = reEncryptionRequests(input);
    const sourceKey = encryptionKey(source, 'ReEncryptFrom', from.algorithm, from.context);
    const destinationKey = encryptionKey(destination, 'ReEncryptTo', to.algorithm, to.context);
    const opened = await decrypted(services, sourceKey, from.algorithm, from.context, ciphertext);
    refuseDryRun(input.DryRun);
    const made = await encrypted(services, destinationKey, to.algorithm, to.context, opened.plaintext);
    return {
      CiphertextBlob: made.ciphertext,
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: from.algorithm,
      DestinationEncryptionAlgorithm: to.algorithm,
      ...materialId('SourceKeyMaterialId', sourceKey, opened.version),
      ...materialId('DestinationKeyMaterialId', destinationKey, made.version),
    };
  },
});

interface EncryptionInput {
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
  readonly EncryptionAlgorithm?: EncryptionAlgorithmSpec | undefined;
  readonly GrantTokens?: readonly string[] | undefined;
}

function encryptionRequest(input: EncryptionInput): CryptographicRequest {
  const { EncryptionContext: context = {}, EncryptionAlgorithm: algorithm = SYMMETRIC, GrantTokens } = input;
  return { algorithm, context, grantTokens: GrantTokens };
}

interface ReEncryptionInput {
  readonly SourceEncryptionContext?: Readonly<Record<string, string>> | undefined;
  readonly SourceEncryptionAlgorithm?: EncryptionAlgorithmSpec | undefined;
  readonly DestinationEncryptionContext?: Readonly<Record<string, string>> | undefined;
  readonly DestinationEncryptionAlgorithm?: EncryptionAlgorithmSpec | undefined;
  readonly GrantTokens?: readonly string[] | undefined;
}

function reEncryptionRequests(input: ReEncryptionInput) {
  const { GrantTokens } = input;
  const from = {
    EncryptionContext: input.SourceEncryptionContext,
    EncryptionAlgorithm: input.SourceEncryptionAlgorithm,
  };
  const to = {
    EncryptionContext: input.DestinationEncryptionContext,
    EncryptionAlgorithm: input.DestinationEncryptionAlgorithm,
  };
  return { from: encryptionRequest({ ...from, GrantTokens }), to: encryptionRequest({ ...to, GrantTokens }) };
}

function keyRequest({ algorithm, context, grantTokens }: CryptographicRequest) {
  return {
    context: encryptionConditions(context, algorithm),
    grantTokens,
    grantApplies: (grant: Grant) => allowsContext(grant, context),
  };
}

interface DecryptionSource extends CryptographicRequest {
  readonly action: string;
  readonly keyId: string | undefined;
  readonly ciphertext: Uint8Array;
  /** ARN of the key that encrypts again: for kms:ReEncryptOnSameKey. */
  readonly onSameKeyAs?: string;
}

/**
 * The key that a decryption is with, once the caller may. Of a key that only the ciphertext names, a caller of another
 * account must not learn whether it exists.
 *
 * @throws AccessDeniedError, AccessDeniedException, InvalidCiphertextException
 */
async function authorizedSource(services: KmsServices, call: Call, source: DecryptionSource): Promise<KeyTarget> {
  const { action, keyId, ciphertext, onSameKeyAs } = source;
  const request = keyRequest(source);
  if (keyId !== undefined) {
    return authorized(call, action, await keyOrAliasTarget(services, call, keyId, request), onSameKeyAs);
  }
  const header = source.algorithm === SYMMETRIC ? readCiphertextHeader(ciphertext) : undefined;
  if (header === undefined) throw invalidCiphertext();
  const key = await findKeyInRegion(services.database, call.environment.region, header.keyId);
  if (key === undefined) throw unknownToCaller(call, action);
  const target = await foundKeyTarget(services, call, key, request);
  try {
    return authorized(call, action, target, onSameKeyAs);
  } catch (error) {
    throw key.account_id === call.principal.accountId ? error : unknownToCaller(call, action);
  }
}

function authorized(call: Call, action: string, target: KeyTarget, onSameKeyAs: string | undefined): KeyTarget {
  const same =
    onSameKeyAs === undefined ? [] : ([['kms:ReEncryptOnSameKey', String(target.arn === onSameKeyAs)]] as const);
  authorize(call.principal, call.environment, action, target.resources[0], [...target.context, ...same]);
  return target;
}

function unknownToCaller({ principal }: Call, action: string): ServiceError {
  return accessDenied(
    `User: ${principal.arn} is not authorized to perform: ${action} on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
  );
}

/** @throws NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException, ValidationException */
function encryptionKey(
  target: KeyTarget,
  operationName: string,
  algorithm: EncryptionAlgorithmSpec,
  context: EncryptionContext,
): FoundKey {
  const isDecryption = operationName === 'Decrypt' || operationName === 'ReEncryptFrom';
  if (isDecryption && enabledKey(target).key_usage !== 'ENCRYPT_DECRYPT') throw incorrectKey();
  const key = usableKey(target, operationName, 'ENCRYPT_DECRYPT');
  if (keyAlgorithms(key.key_spec, key.key_usage).EncryptionAlgorithms?.includes(algorithm) !== true) {
    throw invalidKeyUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.key_spec}.`);
  }
  if (algorithm !== SYMMETRIC && Object.keys(context).length > 0) {
    throw validationException('You cannot specify an encryption context with an asymmetric KMS key.');
  }
  return key;
}

async function encrypted(
  { database, sealer }: KmsServices,
  key: FoundKey,
  algorithm: EncryptionAlgorithmSpec,
  context: EncryptionContext,
  plaintext: Uint8Array,
): Promise<{ readonly ciphertext: Buffer; readonly version: number }> {
  if (algorithm === SYMMETRIC) return encryptUnderKey(database, sealer, key.key_id, plaintext, context);
  const material = await newestMaterial(database, sealer, key.key_id);
  if (material?.publicKey === undefined) throw keyDoesNotExist(key.key_id);
  return { ciphertext: encryptRsa(material.publicKey, key.key_spec, algorithm, plaintext), version: material.version };
}

/** @throws IncorrectKeyException, InvalidCiphertextException */
async function decrypted(
  { database, sealer }: KmsServices,
  key: FoundKey,
  algorithm: EncryptionAlgorithmSpec,
  context: EncryptionContext,
  ciphertext: Uint8Array,
): Promise<{ readonly plaintext: Buffer; readonly version: number }> {
  if (algorithm === SYMMETRIC) {
    const header = readCiphertextHeader(ciphertext);
    if (header === undefined) throw invalidCiphertext();
    if (header.keyId !== key.key_id) throw incorrectKey();
    return opened(() => decryptUnderKey(database, sealer, header, ciphertext, context));
  }
  const material = await newestMaterial(database, sealer, key.key_id);
  if (material === undefined) throw keyDoesNotExist(key.key_id);
  return { plaintext: decryptRsa(material.secret, algorithm, ciphertext), version: material.version };
}

async function opened(work: () => Promise<CiphertextHeader & { plaintext: Buffer }>) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SealedMessageError ? invalidCiphertext() : error;
  }
}

/** Only symmetric keys have several materials, and tell which one it was. */
function materialId<Name extends string>(name: Name, { key_id: keyId, key_spec: keySpec }: FoundKey, version: number) {
  return keySpec === SYMMETRIC ? ({ [name]: keyMaterialId(keyId, version) } as Record<Name, string>) : {};
}

function requireCiphertext(ciphertext: Uint8Array | undefined): Uint8Array {
  if (ciphertext !== undefined) return ciphertext;
  throw validationException(
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  );
}

/** @throws UnsupportedOperationException */
function refuseEnclaves(input: {
  readonly Recipient?: object | undefined;
  readonly DryRunModifiers?: readonly string[] | undefined;
}): void {
  if (input.Recipient !== undefined) throw unsupported('Recipient is not supported.');
  if (input.DryRunModifiers !== undefined && input.DryRunModifiers.length > 0) {
    throw unsupported('DryRunModifiers are not supported.');
  }
}

function incorrectKey(): ServiceError {
  return new ServiceError(
    IncorrectKeyException$,
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
}
