import { randomBytes } from 'node:crypto';
import {
  CreateGrant$,
  CreateGrantCommand,
  type GrantConstraints,
  type GrantListEntry,
  type GrantOperation,
  InvalidArnException$,
  InvalidGrantIdException$,
  ListGrants$,
  ListGrantsCommand,
  ListRetirableGrants$,
  ListRetirableGrantsCommand,
  RetireGrant$,
  RetireGrantCommand,
  RevokeGrant$,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { authorize, type ConditionEntries } from '../../access/authorization.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { KmsGrantRow } from '../../storage/database/schema.ts';
import { principalAsStored, principalsAsShown } from '../iam/policy-principals.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { limitExceeded, notFound, pendingDeletion, refuseDryRun, unsupported, validationException } from './errors.ts';
import { newGrantToken, openGrantToken } from './grant-tokens.ts';
import { covers, type Grant, grantDocument, grantOf } from './key-grants.ts';
import { enabledKey, existingKey, foundKeyTarget, type KeyTarget, keyTarget, withLockedKey } from './key-targets.ts';
import { findKeyInRegion, keyArn } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { type KmsServices, operation } from './service.ts';

/** Of one key: KMS Developer Guide, "Resource quotas". */
const MAX_GRANTS = 50_000;
/** KMS API Reference, ListGrants: 50 unless the request says otherwise, never more than 100. */
const GRANTS_PER_PAGE = 50;
const MAX_GRANTS_PER_PAGE = 100;
const GRANT_ID = /^[0-9a-f]{64}$/;

const symmetricOperations: readonly GrantOperation[] = [
  'Encrypt',
  'Decrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];
const rsaEncryptionOperations: readonly GrantOperation[] = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GetPublicKey',
];
const operationsOfUsage: Readonly<Record<string, readonly GrantOperation[]>> = {
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
};
const operationsOfEveryKey: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];

export const createGrant = operation(CreateGrant$, CreateGrantCommand, {
  target: (services, call, input) => {
    const { Operations: operations, Constraints: constraints = {} } = input;
    return keyTarget(services, call, input.KeyId, {
      context: grantConditions(input, operations, constraints),
      grantTokens: input.GrantTokens,
      grantApplies: (parent) => covers(parent, { operations, constraints }),
    });
  },
  handle: async (services, _call, input, target) => {
    const key = enabledKey(target);
    refuseServicePrincipals(input);
    if (input.GranteePrincipal === undefined) throw required('granteePrincipal');
    refuseUnsuitable(key.key_spec, key.key_usage, input.Operations, input.Constraints);
    const grantee = await storedPrincipal(services, input.GranteePrincipal);
    const retiring =
      input.RetiringPrincipal === undefined ? null : await storedPrincipal(services, input.RetiringPrincipal);
    refuseDryRun(input.DryRun);
    const wanted = {
      key_id: key.key_id,
      grant_name: input.Name ?? null,
      issuing_account: `arn:aws:iam::${key.account_id}:root`,
      grantee_principal: grantee,
      retiring_principal: retiring,
      operations: JSON.stringify(input.Operations),
      constraints: input.Constraints === undefined ? null : JSON.stringify(input.Constraints),
    };
    const grantId = await withLockedKey(services, target, async (transaction, { state }) => {
      if (state === 'PendingDeletion') throw pendingDeletion(target.arn);
      return (await sameGrant(transaction, wanted)) ?? insertGrant(transaction, wanted);
    });
    return { GrantId: grantId, GrantToken: await newGrantToken(services.sealer, grantId) };
  },
});

export const listGrants = operation(ListGrants$, ListGrantsCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, input, target) => {
    const key = existingKey(target);
    const { GrantId: grantId } = input;
    if (grantId !== undefined) requireGrantId(grantId);
    const grantee =
      input.GranteePrincipal === undefined ? undefined : await storedPrincipal(services, input.GranteePrincipal);
    const after = positionOf('ListGrants', input.Marker);
    const size = pageSize(input.Limit);
    const rows = await services.database
      .selectFrom('kms_grants')
      .selectAll()
      .where('key_id', '=', key.key_id)
      .$if(grantId !== undefined, (query) => query.where('grant_id', '=', grantId ?? ''))
      .$if(grantee !== undefined, (query) => query.where('grantee_principal', '=', grantee ?? ''))
      .$if(after !== undefined, (query) => query.where('grant_id', '>', after ?? ''))
      .orderBy('grant_id')
      .limit(size + 1)
      .execute();
    const { items, continuation } = page('ListGrants', rows, size, (row) => row.grant_id);
    return { Grants: await grantEntries(services, items, () => target.arn), ...continuation };
  },
});

/** Whose permission counts is told by the retiring principal, not by keys: KMS API Reference, ListRetirableGrants. */
export const listRetirableGrants = operation(ListRetirableGrants$, ListRetirableGrantsCommand, {
  target: (_services, call, input) => {
    if (input.RetiringPrincipal === undefined) throw required('retiringPrincipal');
    const { accountId } = call.principal;
    return { resources: [{ arn: input.RetiringPrincipal, accountId }], retiringPrincipal: input.RetiringPrincipal };
  },
  handle: async (services, call, input, { retiringPrincipal }) => {
    const { accountId } = call.principal;
    if (retiringPrincipal.split(':')[4] !== accountId && retiringPrincipal !== accountId) {
      throw invalidPrincipal(retiringPrincipal);
    }
    const retiring = await storedPrincipal(services, retiringPrincipal);
    const after = positionOf('ListRetirableGrants', input.Marker);
    const size = pageSize(input.Limit);
    const rows = await services.database
      .selectFrom('kms_grants as grant')
      .innerJoin('kms_keys as key', 'key.key_id', 'grant.key_id')
      .selectAll('grant')
      .select('key.account_id')
      .where('grant.retiring_principal', '=', retiring)
      .where('key.region', '=', call.environment.region)
      .$if(after !== undefined, (query) => query.where('grant.grant_id', '>', after ?? ''))
      .orderBy('grant.grant_id')
      .limit(size + 1)
      .execute();
    const { items, continuation } = page('ListRetirableGrants', rows, size, (row) => row.grant_id);
    const { region } = call.environment;
    const arnOf = (row: (typeof rows)[number]) => keyArn({ accountId: row.account_id, region }, row.key_id);
    return { Grants: await grantEntries(services, items, arnOf), ...continuation };
  },
});

export const revokeGrant = operation(RevokeGrant$, RevokeGrantCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId, ofNoService),
  handle: async (services, _call, { GrantId, DryRun }, target) => {
    const key = existingKey(target);
    const grant = await existingGrant(services, key.key_id, GrantId);
    refuseDryRun(DryRun);
    await deleteGrant(services, grant.grantId);
    return {};
  },
});

/**
 * Who may: the retiring principal, the grantee where the grant lets them retire it, and whoever the policies of the key
 * and of the caller allow it.
 */
export const retireGrant = operation(RetireGrant$, RetireGrantCommand, {
  action: null,
  target: async (services, call, { GrantToken, KeyId, GrantId }) => {
    if ((GrantToken === undefined) === (KeyId === undefined || GrantId === undefined)) {
      throw validationException('Grant token OR (grant ID, key ID) must be specified');
    }
    const grantId = GrantToken === undefined ? (GrantId ?? '') : await openGrantToken(services.sealer, GrantToken);
    const grant = await findGrant(services, grantId);
    const target = await retiredKeyTarget(services, call, KeyId, grant?.keyId, grantId);
    const named = grant !== undefined && grant.keyId === target.key?.key_id ? grant : undefined;
    authorize(call.principal, call.environment, 'kms:RetireGrant', retirableBy(target, named), target.context);
    return { ...target, resources: [], grant: named, grantId };
  },
  handle: async (services, _call, { DryRun }, { grant, grantId, ...target }) => {
    existingKey(target);
    requireGrantId(grantId);
    if (grant === undefined) throw grantNotFound(grantId);
    refuseDryRun(DryRun);
    await deleteGrant(services, grant.grantId);
    return {};
  },
});

const ofNoService = { context: [['kms:GrantIsForAWSResource', 'false']] } as const;

interface GrantInput {
  readonly GranteePrincipal?: string | undefined;
  readonly RetiringPrincipal?: string | undefined;
}

function grantConditions(
  { GranteePrincipal, RetiringPrincipal }: GrantInput,
  operations: readonly GrantOperation[],
  constraints: GrantConstraints,
): ConditionEntries {
  const { EncryptionContextEquals: equal, EncryptionContextSubset: subset } = constraints;
  const types = [...(equal === undefined ? [] : ['EncryptionContextEquals'])];
  if (subset !== undefined) types.push('EncryptionContextSubset');
  const context = { ...subset, ...equal };
  return [
    ...ofNoService.context,
    ['kms:GrantOperations', operations],
    ['kms:GrantConstraintType', types],
    ['kms:EncryptionContextKeys', Object.keys(context)],
    ...Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value] as const),
    ...(GranteePrincipal === undefined ? [] : ([['kms:GranteePrincipal', GranteePrincipal]] as const)),
    ...(RetiringPrincipal === undefined ? [] : ([['kms:RetiringPrincipal', RetiringPrincipal]] as const)),
  ];
}

/** @throws UnsupportedOperationException: no service here acts by itself */
function refuseServicePrincipals(input: object): void {
  for (const member of ['GranteeServicePrincipal', 'RetiringServicePrincipal', 'SourceArn']) {
    if (member in input) throw unsupported(`${member} is not supported.`);
  }
}

/** @throws ValidationException for what a key of this kind cannot do */
function refuseUnsuitable(
  keySpec: string,
  keyUsage: string,
  operations: readonly GrantOperation[],
  constraints: GrantConstraints | undefined,
): void {
  if (operations.length === 0) throw validationException('The list of grant operations must not be empty.');
  const encryption = keySpec === 'SYMMETRIC_DEFAULT' ? symmetricOperations : rsaEncryptionOperations;
  const suitable = [...(operationsOfUsage[keyUsage] ?? encryption), ...operationsOfEveryKey];
  const other = operations.find((name) => !suitable.includes(name));
  if (other !== undefined) {
    throw validationException(
      `Grant operation ${other} is not compatible with key usage ${keyUsage} and key spec ${keySpec}.`,
    );
  }
  if (constraints !== undefined && keySpec !== 'SYMMETRIC_DEFAULT') {
    throw validationException('Grant constraints are valid for symmetric encryption KMS keys only.');
  }
}

type WantedGrant = Omit<KmsGrantRow, 'grant_id' | 'created_at'>;

/** A request that is repeated under the same name has its first grant: KMS API Reference, CreateGrant, Name. */
async function sameGrant(transaction: DatabaseTransaction, wanted: WantedGrant): Promise<string | undefined> {
  if (wanted.grant_name === null) return undefined;
  const rows = await transaction
    .selectFrom('kms_grants')
    .selectAll()
    .where('key_id', '=', wanted.key_id)
    .where('grant_name', '=', wanted.grant_name)
    .where('grantee_principal', '=', wanted.grantee_principal)
    .execute();
  const same = rows.find(
    (row) =>
      row.retiring_principal === wanted.retiring_principal &&
      row.operations === wanted.operations &&
      row.constraints === wanted.constraints,
  );
  return same?.grant_id;
}

async function insertGrant(transaction: DatabaseTransaction, wanted: WantedGrant): Promise<string> {
  const { count } = await transaction
    .selectFrom('kms_grants')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('key_id', '=', wanted.key_id)
    .executeTakeFirstOrThrow();
  if (count >= MAX_GRANTS) {
    throw limitExceeded(`The number of grants of a KMS key has reached the maximum limit: ${MAX_GRANTS}.`);
  }
  const grantId = randomBytes(32).toString('hex');
  await transaction
    .insertInto('kms_grants')
    .values({ ...wanted, grant_id: grantId, created_at: Date.now() })
    .execute();
  return grantId;
}

async function findGrant({ database }: KmsServices, grantId: string): Promise<Grant | undefined> {
  const row = await database.selectFrom('kms_grants').selectAll().where('grant_id', '=', grantId).executeTakeFirst();
  return row && grantOf(row);
}

/** @throws InvalidGrantIdException, NotFoundException */
async function existingGrant(services: KmsServices, keyId: string, grantId: string): Promise<Grant> {
  requireGrantId(grantId);
  const grant = await findGrant(services, grantId);
  if (grant?.keyId !== keyId) throw grantNotFound(grantId);
  return grant;
}

async function deleteGrant({ database }: KmsServices, grantId: string): Promise<void> {
  await database.deleteFrom('kms_grants').where('grant_id', '=', grantId).execute();
}

/** The key that the request names, or the one of its grant token. */
async function retiredKeyTarget(
  services: KmsServices,
  call: Call,
  text: string | undefined,
  keyOfGrant: string | undefined,
  grantId: string,
): Promise<KeyTarget> {
  const request = { ...ofNoService, grantApplies: (grant: Grant) => grant.grantId === grantId };
  if (text !== undefined) return keyTarget(services, call, text, request);
  const { region } = call.environment;
  const key = keyOfGrant === undefined ? undefined : await findKeyInRegion(services.database, region, keyOfGrant);
  if (key === undefined) throw grantNotFound(grantId);
  return foundKeyTarget(services, call, key, request);
}

function retirableBy({ resources: [resource] }: KeyTarget, grant: Grant | undefined) {
  if (grant?.retiring === undefined || resource.policy === undefined) return resource;
  const byRetiring = grantDocument({ grantee: grant.retiring, operations: ['RetireGrant'] });
  const { policy } = resource;
  return { ...resource, policy: { ...policy, documents: [...policy.documents, byRetiring] } };
}

async function grantEntries<Row extends KmsGrantRow>(
  { database }: KmsServices,
  rows: readonly Row[],
  arnOf: (row: Row) => string,
): Promise<GrantListEntry[]> {
  const names = rows.flatMap((row) => [row.grantee_principal, row.retiring_principal ?? []].flat());
  const shown = await principalsAsShown(database, names);
  return rows.map((row) => {
    const { operations, constraints, retiring } = grantOf(row);
    return {
      KeyId: arnOf(row),
      GrantId: row.grant_id,
      Name: row.grant_name ?? '',
      CreationDate: new Date(row.created_at),
      GranteePrincipal: shown(row.grantee_principal),
      ...(retiring !== undefined && { RetiringPrincipal: shown(retiring) }),
      IssuingAccount: row.issuing_account,
      Operations: [...operations],
      ...(row.constraints !== null && { Constraints: constraints }),
    };
  });
}

/** @throws InvalidArnException for principals that do not exist */
async function storedPrincipal({ database }: KmsServices, arn: string): Promise<string> {
  const stored = arn === '*' ? undefined : await principalAsStored(database, arn);
  if (stored === undefined) throw invalidPrincipal(arn);
  return stored;
}

function pageSize(limit: number | undefined): number {
  return Math.min(limit ?? GRANTS_PER_PAGE, MAX_GRANTS_PER_PAGE);
}

function requireGrantId(grantId: string): void {
  if (!GRANT_ID.test(grantId)) throw new ServiceError(InvalidGrantIdException$, `Invalid grant ID ${grantId}`);
}

function grantNotFound(grantId: string): ServiceError {
  return notFound(`Grant ${grantId} does not exist`);
}

function invalidPrincipal(arn: string): ServiceError {
  return new ServiceError(InvalidArnException$, `ARN does not refer to a valid principal: ${arn}`);
}

function required(member: string): ServiceError {
  return validationException(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}
