import {
  type CustomerMasterKeySpec,
  GetPublicKey$,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  KMSInvalidSignatureException$,
  type MessageType,
  Sign$,
  SignCommand,
  type SigningAlgorithmSpec,
  Verify$,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { invalidKeyUsage, keyDoesNotExist, refuseDryRun, unsupported } from './errors.ts';
import { type KeyMaterial, newestMaterial } from './key-material.ts';
import { keyAlgorithms } from './key-specs.ts';
import { enabledKey, type KeyTarget, keyOrAliasTarget, usableKey } from './key-targets.ts';
import type { FoundKey } from './keys.ts';
import { type KmsServices, operation } from './service.ts';
import { isSignatureOf, signMessage } from './signature-algorithms.ts';

export const sign = operation(Sign$, SignCommand, {
  target: (services, call, input) => signingTarget(services, call, input),
  handle: async (services, _call, input, target) => {
    const { SigningAlgorithm } = input;
    const { secret } = await signingMaterial(services, target, 'Sign', SigningAlgorithm);
    const signature = signMessage(secret, SigningAlgorithm, messageOf(input));
    refuseDryRun(input.DryRun);
    return { KeyId: target.arn, Signature: signature, SigningAlgorithm };
  },
});

export const verify = operation(Verify$, VerifyCommand, {
  target: (services, call, input) => signingTarget(services, call, input),
  handle: async (services, _call, input, target) => {
    const { SigningAlgorithm } = input;
    const { publicKey } = await signingMaterial(services, target, 'Verify', SigningAlgorithm);
    const isValid = isSignatureOf(publicKey, SigningAlgorithm, messageOf(input), input.Signature);
    refuseDryRun(input.DryRun);
    // AWS gives no message.
    if (!isValid) throw new ServiceError(KMSInvalidSignatureException$, '');
    return { KeyId: target.arn, SignatureValid: true, SigningAlgorithm };
  },
});

export const getPublicKey = operation(GetPublicKey$, GetPublicKeyCommand, {
  target: (services, call, { KeyId, GrantTokens }) =>
    keyOrAliasTarget(services, call, KeyId, { grantTokens: GrantTokens }),
  handle: async (services, _call, _input, target) => {
    const key = enabledKey(target);
    const { publicKey } = await materialOf(services, key, target.arn);
    if (publicKey === undefined) {
      throw unsupported(`${target.arn} key spec is ${key.key_spec} which is not valid for GetPublicKey.`);
    }
    return {
      KeyId: target.arn,
      PublicKey: publicKey,
      CustomerMasterKeySpec: key.key_spec as CustomerMasterKeySpec,
      KeySpec: key.key_spec as KeySpec,
      KeyUsage: key.key_usage as KeyUsageType,
      ...keyAlgorithms(key.key_spec, key.key_usage),
    };
  },
});

interface SigningInput {
  readonly KeyId: string;
  readonly Message: Uint8Array;
  readonly MessageType?: MessageType | undefined;
  readonly SigningAlgorithm: SigningAlgorithmSpec;
  readonly GrantTokens?: readonly string[] | undefined;
}

function signingTarget(services: KmsServices, call: Call, input: SigningInput): Promise<KeyTarget> {
  const { KeyId, MessageType = 'RAW', SigningAlgorithm, GrantTokens } = input;
  return keyOrAliasTarget(services, call, KeyId, {
    context: [
      ['kms:SigningAlgorithm', SigningAlgorithm],
      ['kms:MessageType', MessageType],
    ],
    grantTokens: GrantTokens,
  });
}

function messageOf({ Message, MessageType = 'RAW' }: SigningInput) {
  if (MessageType === 'EXTERNAL_MU') throw unsupported('MessageType EXTERNAL_MU is not supported.');
  return { bytes: Message, isDigest: MessageType === 'DIGEST' };
}

async function signingMaterial(
  services: KmsServices,
  target: KeyTarget,
  operationName: string,
  algorithm: SigningAlgorithmSpec,
): Promise<KeyMaterial & { readonly publicKey: Buffer }> {
  const key = usableKey(target, operationName, 'SIGN_VERIFY');
  if (keyAlgorithms(key.key_spec, key.key_usage).SigningAlgorithms?.includes(algorithm) !== true) {
    throw invalidKeyUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.key_spec}.`);
  }
  const { publicKey, ...material } = await materialOf(services, key, target.arn);
  if (publicKey === undefined) throw new Error(`Key ${key.key_id} has no public key`);
  return { ...material, publicKey };
}

async function materialOf(services: KmsServices, key: FoundKey, arn: string): Promise<KeyMaterial> {
  const material = await newestMaterial(services.database, services.sealer, key.key_id);
  if (material === undefined) throw keyDoesNotExist(arn);
  return material;
}
