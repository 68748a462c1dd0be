import { InvalidArnException$, NotFoundException$ } from '@aws-sdk/client-kms';
import { ServiceError } from '../service-error.ts';
import type { KeyScope } from './keys.ts';

/** A key as a request names it. */
export type KeyIdentifier = KeyScope & ({ readonly keyId: string } | { readonly aliasName: string });

const ARN = /^arn:aws:kms:(?<region>[a-z0-9-]+):(?<accountId>[0-9]{12}):(?<resource>(?:key|alias)\/.+)$/;
const KEY_ID = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/**
 * Reads a KeyId: a key ID or ARN, an alias name or ARN.
 *
 * @param caller where an identifier that is not an ARN is looked for; an ARN of another Region is refused
 * @throws InvalidArnException, NotFoundException in the words of AWS
 */
export function parseKeyIdentifier(text: string, caller: KeyScope): KeyIdentifier {
  if (!text.startsWith('arn:')) return named(text, text, caller);
  const { region, accountId, resource } = ARN.exec(text)?.groups ?? {};
  if (region === undefined || accountId === undefined || resource === undefined) {
    throw new ServiceError(InvalidArnException$, `Invalid arn ${text}`);
  }
  if (region !== caller.region) throw new ServiceError(NotFoundException$, `Invalid arn ${region}`);
  return named(resource.replace(/^key\//, ''), text, { accountId, region });
}

/**
 * Reads the KeyId of an operation that takes no alias.
 *
 * @throws InvalidArnException, NotFoundException
 */
export function parseKeyIdOrArn(text: string, caller: KeyScope): KeyScope & { readonly keyId: string } {
  const identifier = parseKeyIdentifier(text, caller);
  if ('keyId' in identifier) return identifier;
  if (!text.startsWith('arn:')) throw invalidKeyId(text);
  throw new ServiceError(InvalidArnException$, 'Key Aliases are not supported for this operation');
}

function named(name: string, text: string, { accountId, region }: KeyScope): KeyIdentifier {
  if (name.startsWith('alias/')) return { accountId, region, aliasName: name };
  if (KEY_ID.test(name)) return { accountId, region, keyId: name.toLowerCase() };
  throw invalidKeyId(text);
}

function invalidKeyId(text: string): ServiceError {
  return new ServiceError(NotFoundException$, `Invalid keyId '${text}'`);
}
