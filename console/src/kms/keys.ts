import {
  type AliasListEntry,
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { useKms } from '../api/kms.ts';
import { allOf } from '../api/pages-of.ts';
import { useRead } from '../api/queries.ts';

/** The address of a key's page below /console. */
export function keyPath(keyId: string): string {
  return `/kms/keys/${encodeURIComponent(keyId)}`;
}

export interface ListedKey {
  readonly keyId: string;
  /** With their prefix `alias/`. */
  readonly aliases: readonly string[];
}

interface ListedKeys {
  readonly customerManaged: readonly ListedKey[];
  readonly awsManaged: readonly ListedKey[];
}

export const ALIAS_PREFIX = 'alias/';
/** Only services can make aliases that begin so. */
const AWS_PREFIX = 'alias/aws/';

/** The keys of the account in the Region, told apart by their aliases. */
export function useKeys() {
  const kms = useKms();
  return useRead(['kms', 'ListKeys'], () => listKeys(kms));
}

async function listKeys(kms: KMSClient): Promise<ListedKeys> {
  const keys = await allOf(async (Marker) => {
    const page = await kms.send(new ListKeysCommand({ Marker }));
    return { items: page.Keys, marker: page.NextMarker };
  });
  const aliases = Map.groupBy(await listAliases(kms), ({ TargetKeyId }) => TargetKeyId);
  const listed = keys.map(({ KeyId = '' }) => ({
    keyId: KeyId,
    aliases: (aliases.get(KeyId) ?? []).map(({ AliasName = '' }) => AliasName),
  }));
  const isAwsManaged = (key: ListedKey) => key.aliases.some((alias) => alias.startsWith(AWS_PREFIX));
  return { awsManaged: listed.filter(isAwsManaged), customerManaged: listed.filter((key) => !isAwsManaged(key)) };
}

/** @param KeyId without it, those of all keys */
export function listAliases(kms: KMSClient, KeyId?: string): Promise<AliasListEntry[]> {
  return allOf(async (Marker) => {
    const page = await kms.send(new ListAliasesCommand({ KeyId, Marker }));
    return { items: page.Aliases, marker: page.NextMarker };
  });
}

/** Of one key. */
export function useAliases(keyId: string) {
  const kms = useKms();
  return useRead(['kms', 'ListAliases', keyId], () => listAliases(kms, keyId));
}

export function useKey(keyId: string) {
  const kms = useKms();
  return useRead(
    ['kms', 'DescribeKey', keyId],
    async () => (await kms.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata,
  );
}

/** @param key undefined while nobody knows it; only symmetric keys of the customer's can be rotated */
export function useRotation(key: KeyMetadata | undefined) {
  const kms = useKms();
  const KeyId = key?.KeyId;
  return useRead(['kms', 'GetKeyRotationStatus', KeyId], () => kms.send(new GetKeyRotationStatusCommand({ KeyId })), {
    enabled: key !== undefined && canRotate(key),
  });
}

export function canRotate({ KeySpec, KeyManager }: KeyMetadata): boolean {
  return KeySpec === 'SYMMETRIC_DEFAULT' && KeyManager === 'CUSTOMER';
}
