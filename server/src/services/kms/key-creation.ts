import { randomUUID } from 'node:crypto';
import { CreateKey$, CreateKeyCommand } from '@aws-sdk/client-kms';
import type { Insertable } from 'kysely';
import { authorize } from '../../access/authorization.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { DatabaseSchema } from '../../storage/database/schema.ts';
import { limitExceeded, unsupported, validationException } from './errors.ts';
import { keyMetadata } from './key-descriptions.ts';
import { newKeyMaterial } from './key-material.ts';
import { defaultKeyPolicy, refuseLockout, storableKeyPolicy } from './key-policies.ts';
import { usageOf } from './key-specs.ts';
import { requestTagContext, tagsOf } from './key-tags.ts';
import { keyArn, kindConditions } from './keys.ts';
import { type KmsServices, operation, scopeOf } from './service.ts';

/** Of one account in one Region: KMS Developer Guide, "Resource quotas". */
const MAX_KEYS = 100_000;

type NewKey = Insertable<DatabaseSchema['kms_keys']>;
type NewMaterial = Insertable<DatabaseSchema['kms_key_materials']>;

export const createKey = operation(CreateKey$, CreateKeyCommand, {
  target: (_services, call, input) => {
    const { KeySpec, KeyUsage } = keyKind(input);
    return {
      resources: [{ arn: '*', accountId: call.principal.accountId }],
      context: [
        ['kms:CallerAccount', call.principal.accountId],
        ...kindConditions(KeySpec, KeyUsage),
        ['kms:BypassPolicyLockoutSafetyCheck', String(input.BypassPolicyLockoutSafetyCheck ?? false)],
        ...requestTagContext(input.Tags),
      ],
    };
  },
  handle: async (services, call, input, { context }) => {
    const tags = tagsOf(input.Tags);
    const { KeySpec, KeyUsage } = keyKind(input);
    refuseUnsupported(input);
    const { accountId, region } = scopeOf(call);
    const keyId = randomUUID();
    const policy =
      input.Policy === undefined ? defaultKeyPolicy(accountId) : await storableKeyPolicy(services, input.Policy);
    if (Object.keys(tags).length > 0) {
      const arn = keyArn({ accountId, region }, keyId);
      authorize(call.principal, call.environment, 'kms:TagResource', { arn, accountId }, context);
    }
    const now = Date.now();
    const row = {
      key_id: keyId,
      account_id: accountId,
      region,
      manager: 'CUSTOMER',
      state: 'Enabled',
      description: input.Description ?? '',
      created_at: now,
      deletion_at: null,
      key_spec: KeySpec,
      key_usage: KeyUsage,
      policy,
      tags: JSON.stringify(tags),
      rotation_period_days: null,
      next_rotation_at: null,
    } as const;
    if (input.BypassPolicyLockoutSafetyCheck !== true) refuseLockout(call, { ...row, aliases: [], hasGrants: false });
    const material = await newKeyMaterial(services.sealer, { keyId, keySpec: KeySpec, version: 1 }, now);
    await insertKey(services, row, material);
    return { KeyMetadata: keyMetadata(row, 1) };
  },
});

interface KindRequest {
  readonly KeySpec?: string | undefined;
  readonly CustomerMasterKeySpec?: string | undefined;
  readonly KeyUsage?: Parameters<typeof usageOf>[1];
}

/** @throws ValidationException, UnsupportedOperationException */
function keyKind({ KeySpec, CustomerMasterKeySpec, KeyUsage }: KindRequest) {
  if (KeySpec !== undefined && CustomerMasterKeySpec !== undefined) {
    throw validationException('You cannot specify KeySpec and CustomerMasterKeySpec in the same request.');
  }
  const keySpec = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  return { KeySpec: keySpec, KeyUsage: usageOf(keySpec, KeyUsage) };
}

/** @throws UnsupportedOperationException for material that is not made here, and for keys of several Regions */
function refuseUnsupported(input: {
  readonly Origin?: string | undefined;
  readonly CustomKeyStoreId?: string | undefined;
  readonly XksKeyId?: string | undefined;
  readonly MultiRegion?: boolean | undefined;
}): void {
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS') {
    throw unsupported(`Origin ${input.Origin} is not supported.`);
  }
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined) {
    throw unsupported('Custom key stores are not supported.');
  }
  if (input.MultiRegion === true) throw unsupported('Multi-Region keys are not supported.');
}

/** @throws LimitExceededException */
async function insertKey({ database }: KmsServices, key: NewKey, material: NewMaterial): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    // Two that run at once would not count each other.
    await lockAccount(transaction, key.account_id);
    const { count } = await transaction
      .selectFrom('kms_keys')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', key.account_id)
      .where('region', '=', key.region)
      .where('manager', '=', 'CUSTOMER')
      .executeTakeFirstOrThrow();
    if (count >= MAX_KEYS) throw limitExceeded(`The number of KMS keys has reached the maximum limit: ${MAX_KEYS}.`);
    await transaction.insertInto('kms_keys').values(key).execute();
    await transaction.insertInto('kms_key_materials').values(material).execute();
  });
}
