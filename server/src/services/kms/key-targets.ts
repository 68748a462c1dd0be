import { NotFoundException$ } from '@aws-sdk/client-kms';
import type { Call, Target } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { type KeyIdentifier, parseKeyIdentifier, parseKeyIdOrArn } from './key-identifiers.ts';
import { aliasArn, type FoundKey, findAlias, findKey, keyArn, keyConditions } from './keys.ts';
import { type KmsServices, scopeOf } from './service.ts';

interface KeyTarget extends Target {
  /** The key that the request names, or the alias where it leads nowhere. */
  readonly arn: string;
  readonly key: FoundKey | undefined;
}

/** The key of an operation that takes a key's ID or ARN, or an alias's name or ARN. */
export async function keyOrAliasTarget(services: KmsServices, call: Call, text: string): Promise<KeyTarget> {
  const identifier = parseKeyIdentifier(text, scopeOf(call));
  const requestAlias = 'aliasName' in identifier ? ([['kms:RequestAlias', identifier.aliasName]] as const) : [];
  const target = await targetOf(services, call, identifier);
  return { ...target, context: [...target.context, ...requestAlias] };
}

/** The key of an operation that takes a key's ID or ARN only. */
export function keyTarget(services: KmsServices, call: Call, text: string): Promise<KeyTarget> {
  return targetOf(services, call, parseKeyIdOrArn(text, scopeOf(call)));
}

/** @throws NotFoundException in the words of AWS */
export function existingKey({ key, arn }: KeyTarget): FoundKey {
  if (key !== undefined) return key;
  const message = arn.includes(':alias/') ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`;
  throw new ServiceError(NotFoundException$, message);
}

async function targetOf({ database }: KmsServices, call: Call, identifier: KeyIdentifier) {
  const keyId = 'keyId' in identifier ? identifier.keyId : await findAlias(database, identifier, identifier.aliasName);
  const key = keyId === undefined ? undefined : await findKey(database, identifier, keyId);
  const arn =
    'aliasName' in identifier && key === undefined
      ? aliasArn(identifier, identifier.aliasName)
      : keyArn(identifier, keyId ?? '');
  return {
    resources: [{ arn, accountId: identifier.accountId }],
    context: keyConditions(call.principal.accountId, key),
    arn,
    key,
  };
}
