import type { GrantConstraints, GrantOperation } from '@aws-sdk/client-kms';
import type { Principal } from '../../access/principal.ts';
import type { Database } from '../../storage/database/database.ts';
import type { KmsGrantRow } from '../../storage/database/schema.ts';
import type { EncryptionContext } from '../../storage/encryption/messages.ts';

/** A grant in memory. Its principals are named as in stored policies: users and roles by their unique IDs. */
export interface Grant {
  readonly grantId: string;
  readonly keyId: string;
  readonly grantee: string;
  readonly retiring: string | undefined;
  readonly operations: readonly GrantOperation[];
  readonly constraints: GrantConstraints;
}

/** The grants of a key that speak to a caller. */
export async function grantsFor(
  database: Database,
  keyId: string,
  principal: Pick<Principal, 'kind' | 'accountId' | 'arn' | 'userId' | 'federatedBy'>,
): Promise<Grant[]> {
  const rows = await database
    .selectFrom('kms_grants')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('grantee_principal', 'in', namesOf(principal))
    .execute();
  return rows.map(grantOf);
}

export function grantOf(row: KmsGrantRow): Grant {
  return {
    grantId: row.grant_id,
    keyId: row.key_id,
    grantee: row.grantee_principal,
    retiring: row.retiring_principal ?? undefined,
    operations: JSON.parse(row.operations) as GrantOperation[],
    constraints: row.constraints === null ? {} : (JSON.parse(row.constraints) as GrantConstraints),
  };
}

/** What a grant adds to the policy of its key: an allow to its grantee, as a document of that language. */
export function grantDocument({ grantee, operations }: Pick<Grant, 'grantee' | 'operations'>): string {
  const Action = operations.map((name) => `kms:${name}`);
  const statement = { Effect: 'Allow', Principal: { AWS: grantee }, Action, Resource: '*' };
  return JSON.stringify({ Version: '2008-10-17', Statement: [statement] });
}

/** True when the encryption context of a request is one that the grant allows. Case counts, unlike in policies. */
export function allowsContext({ constraints }: Pick<Grant, 'constraints'>, context: EncryptionContext): boolean {
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equal } = constraints;
  if (subset !== undefined && !contains(context, subset)) return false;
  return equal === undefined || isSame(context, equal);
}

/** True when whoever has the first grant may give the second: no more operations, constraints as strict. */
export function covers(
  parent: Pick<Grant, 'operations' | 'constraints'>,
  child: Pick<Grant, 'operations' | 'constraints'>,
): boolean {
  if (!child.operations.every((operation) => parent.operations.includes(operation))) return false;
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equal } = parent.constraints;
  const narrowest = child.constraints.EncryptionContextEquals ?? child.constraints.EncryptionContextSubset;
  if (subset !== undefined && (narrowest === undefined || !contains(narrowest, subset))) return false;
  const exact = child.constraints.EncryptionContextEquals;
  return equal === undefined || (exact !== undefined && isSame(exact, equal));
}

/** Every way in which a grant may name a caller. */
function namesOf({ kind, accountId, arn, userId, federatedBy }: Parameters<typeof grantsFor>[2]): string[] {
  const names = [`arn:aws:iam::${accountId}:root`];
  if (kind === 'user' || kind === 'assumed-role') names.push(userId);
  if (kind === 'assumed-role') names.push(userId.slice(0, userId.indexOf(':')));
  if (kind === 'federated-user') names.push(arn, ...(federatedBy === undefined ? [] : [federatedBy]));
  return names;
}

function contains(context: EncryptionContext, wanted: EncryptionContext): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(context, name) && context[name] === value);
}

function isSame(left: EncryptionContext, right: EncryptionContext): boolean {
  return Object.keys(left).length === Object.keys(right).length && contains(left, right);
}
