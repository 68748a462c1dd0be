import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  GenerateMac$,
  GenerateMacCommand,
  KMSInvalidMacException$,
  type MacAlgorithmSpec,
  VerifyMac$,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { invalidKeyUsage, keyDoesNotExist, refuseDryRun } from './errors.ts';
import { newestMaterial } from './key-material.ts';
import { keyAlgorithms } from './key-specs.ts';
import { type KeyTarget, keyOrAliasTarget, usableKey } from './key-targets.ts';
import { type KmsServices, operation } from './service.ts';

export const generateMac = operation(GenerateMac$, GenerateMacCommand, {
  target: (services, call, input) => macTarget(services, call, input),
  handle: async (services, _call, input, target) => {
    const mac = await macOf(services, target, 'GenerateMac', input);
    refuseDryRun(input.DryRun);
    return { KeyId: target.arn, Mac: mac, MacAlgorithm: input.MacAlgorithm };
  },
});

export const verifyMac = operation(VerifyMac$, VerifyMacCommand, {
  target: (services, call, input) => macTarget(services, call, input),
  handle: async (services, _call, input, target) => {
    const mac = await macOf(services, target, 'VerifyMac', input);
    refuseDryRun(input.DryRun);
    const isValid = input.Mac.length === mac.length && timingSafeEqual(input.Mac, mac);
    // AWS gives no message.
    if (!isValid) throw new ServiceError(KMSInvalidMacException$, '');
    return { KeyId: target.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});

interface MacInput {
  readonly KeyId: string;
  readonly Message: Uint8Array;
  readonly MacAlgorithm: MacAlgorithmSpec;
  readonly GrantTokens?: readonly string[] | undefined;
}

const hashes: Readonly<Record<MacAlgorithmSpec, string>> = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
};

function macTarget(services: KmsServices, call: Call, input: MacInput): Promise<KeyTarget> {
  const context = [['kms:MacAlgorithm', input.MacAlgorithm]] as const;
  return keyOrAliasTarget(services, call, input.KeyId, { context, grantTokens: input.GrantTokens });
}

async function macOf(
  { database, sealer }: KmsServices,
  target: KeyTarget,
  operationName: string,
  { MacAlgorithm, Message }: MacInput,
): Promise<Buffer> {
  const key = usableKey(target, operationName, 'GENERATE_VERIFY_MAC');
  if (keyAlgorithms(key.key_spec, key.key_usage).MacAlgorithms?.includes(MacAlgorithm) !== true) {
    throw invalidKeyUsage(`Algorithm ${MacAlgorithm} is incompatible with key spec ${key.key_spec}.`);
  }
  const material = await newestMaterial(database, sealer, key.key_id);
  if (material === undefined) throw keyDoesNotExist(target.arn);
  return createHmac(hashes[MacAlgorithm], material.secret).update(Message).digest();
}
