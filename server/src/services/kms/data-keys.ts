import { randomBytes } from 'node:crypto';
import {
  type DataKeySpec,
  GenerateDataKey$,
  GenerateDataKeyCommand,
  GenerateDataKeyPair$,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintext$,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintext$,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandom$,
  GenerateRandomCommand,
} from '@aws-sdk/client-kms';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Call } from '../operation.ts';
import { encryptUnderKey } from './ciphertexts.ts';
import { invalidKeyUsage, refuseDryRun, unsupported, validationException } from './errors.ts';
import { allowsContext, type Grant } from './key-grants.ts';
import { keyMaterialId, newKeyPair } from './key-material.ts';
import { keyShape } from './key-specs.ts';
import { type KeyTarget, keyOrAliasTarget, usableKey } from './key-targets.ts';
import { encryptionConditions, type FoundKey } from './keys.ts';
import { type KmsServices, operation } from './service.ts';

const DATA_KEY_BYTES: Readonly<Record<DataKeySpec, number>> = { AES_128: 16, AES_256: 32 };

export const generateDataKey = operation(GenerateDataKey$, GenerateDataKeyCommand, {
  target: (services, call, input) => symmetricKeyTarget(services, call, input),
  handle: async (services, _call, input, target) => {
    refuseRecipient(input);
    const key = symmetricKey(target, 'GenerateDataKey');
    const size = dataKeyBytes(input);
    refuseDryRun(input.DryRun);
    const plaintext = randomBytes(size);
    return { Plaintext: plaintext, ...(await underKey(services, target, key, input, plaintext)) };
  },
});

export const generateDataKeyWithoutPlaintext = operation(
  GenerateDataKeyWithoutPlaintext$,
  GenerateDataKeyWithoutPlaintextCommand,
  {
    target: (services, call, input) => symmetricKeyTarget(services, call, input),
    handle: async (services, _call, input, target) => {
      const key = symmetricKey(target, 'GenerateDataKeyWithoutPlaintext');
      const size = dataKeyBytes(input);
      refuseDryRun(input.DryRun);
      return underKey(services, target, key, input, randomBytes(size));
    },
  },
);

export const generateDataKeyPair = operation(GenerateDataKeyPair$, GenerateDataKeyPairCommand, {
  target: (services, call, input) => symmetricKeyTarget(services, call, input, pairConditions(input)),
  handle: async (services, _call, input, target) => {
    refuseRecipient(input);
    const { secret, ...output } = await dataKeyPair(services, input, target, 'GenerateDataKeyPair');
    return { ...output, PrivateKeyPlaintext: secret };
  },
});

export const generateDataKeyPairWithoutPlaintext = operation(
  GenerateDataKeyPairWithoutPlaintext$,
  GenerateDataKeyPairWithoutPlaintextCommand,
  {
    target: (services, call, input) => symmetricKeyTarget(services, call, input, pairConditions(input)),
    handle: async (services, _call, input, target) => {
      const operationName = 'GenerateDataKeyPairWithoutPlaintext';
      const { secret: _, ...output } = await dataKeyPair(services, input, target, operationName);
      return output;
    },
  },
);

export const generateRandom = operation(GenerateRandom$, GenerateRandomCommand, {
  target: (_services, call) => ({ resources: [{ arn: '*', accountId: call.principal.accountId }] }),
  handle: (_services, _call, input) => {
    refuseRecipient(input);
    if (input.CustomKeyStoreId !== undefined) throw unsupported('Custom key stores are not supported.');
    if (input.NumberOfBytes === undefined) throw validationException('NumberOfBytes is required.');
    return { Plaintext: randomBytes(input.NumberOfBytes) };
  },
});

interface DataKeyInput {
  readonly KeyId: string;
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
  readonly GrantTokens?: readonly string[] | undefined;
}

function symmetricKeyTarget(
  services: KmsServices,
  call: Call,
  { KeyId, EncryptionContext: encryptionContext = {}, GrantTokens: grantTokens }: DataKeyInput,
  conditions: ConditionEntries = [],
): Promise<KeyTarget> {
  const context = [...encryptionConditions(encryptionContext, 'SYMMETRIC_DEFAULT'), ...conditions];
  const grantApplies = (grant: Grant) => allowsContext(grant, encryptionContext);
  return keyOrAliasTarget(services, call, KeyId, { context, grantTokens, grantApplies });
}

function pairConditions({ KeyPairSpec }: { readonly KeyPairSpec: string }): ConditionEntries {
  return [['kms:DataKeyPairSpec', KeyPairSpec]];
}

/** @throws NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException */
function symmetricKey(target: KeyTarget, operationName: string): FoundKey {
  const key = usableKey(target, operationName, 'ENCRYPT_DECRYPT');
  if (key.key_spec !== 'SYMMETRIC_DEFAULT') {
    throw invalidKeyUsage(`${target.arn} key spec is ${key.key_spec} which is not valid for ${operationName}.`);
  }
  return key;
}

function dataKeyBytes(input: {
  readonly KeySpec?: DataKeySpec | undefined;
  readonly NumberOfBytes?: number | undefined;
}): number {
  const { KeySpec, NumberOfBytes } = input;
  const size = KeySpec === undefined ? NumberOfBytes : DATA_KEY_BYTES[KeySpec];
  if (size === undefined || (KeySpec !== undefined && NumberOfBytes !== undefined)) {
    throw validationException('Please specify either number of bytes or key spec.');
  }
  return size;
}

async function underKey(
  { database, sealer }: KmsServices,
  target: KeyTarget,
  key: FoundKey,
  { EncryptionContext = {} }: DataKeyInput,
  plaintext: Buffer,
) {
  const { ciphertext, version } = await encryptUnderKey(database, sealer, key.key_id, plaintext, EncryptionContext);
  return { CiphertextBlob: ciphertext, KeyId: target.arn, KeyMaterialId: keyMaterialId(key.key_id, version) };
}

async function dataKeyPair<Spec extends string>(
  services: KmsServices,
  input: DataKeyInput & { readonly KeyPairSpec: Spec; readonly DryRun?: boolean | undefined },
  target: KeyTarget,
  operationName: string,
) {
  const key = symmetricKey(target, operationName);
  const shape = keyShape(input.KeyPairSpec);
  if (shape.type === 'symmetric') throw unsupported(`KeyPairSpec ${input.KeyPairSpec} is not supported`);
  refuseDryRun(input.DryRun);
  const { secret, publicKey } = await newKeyPair(shape);
  const { CiphertextBlob, ...ofKey } = await underKey(services, target, key, input, secret);
  return {
    ...ofKey,
    PrivateKeyCiphertextBlob: CiphertextBlob,
    PublicKey: publicKey,
    KeyPairSpec: input.KeyPairSpec,
    secret,
  };
}

/** @throws UnsupportedOperationException: there are no attested enclaves here */
function refuseRecipient({ Recipient }: { readonly Recipient?: object | undefined }): void {
  if (Recipient !== undefined) throw unsupported('Recipient is not supported.');
}
