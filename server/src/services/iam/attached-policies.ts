import type { AttachedPolicy } from '@aws-sdk/client-iam';
import { sql } from 'kysely';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockPolicy } from '../../storage/database/row-locks.ts';
import type { Call } from '../operation.ts';
import { quotaExceeded } from './errors.ts';
import { type PageInput, pageOfAll, pageRequest } from './pagination.ts';
import { type CataloguedPolicy, findPolicy, noSuchPolicy, notAttachable, parsePolicyArn } from './policy-catalogue.ts';
import type { PolicyHolder } from './policy-holders.ts';
import { MAX_ATTACHED_POLICIES } from './quotas.ts';
import type { IamServices } from './service.ts';
import { nameKey } from './user-targets.ts';

/** @throws NoSuchEntity when the account has no such policy */
export async function attachablePolicy(
  { database }: IamServices,
  { principal }: Call,
  policyArn: string,
): Promise<CataloguedPolicy> {
  const policy = await findPolicy(database, principal.accountId, policyArn);
  if (policy === undefined) throw notAttachable(policyArn);
  return policy;
}

/**
 * Attaches a policy to the identity, whose row must be locked; once more is no error.
 *
 * @throws LimitExceeded above ten, NoSuchEntity when the policy is gone by now
 */
export async function attachPolicy(
  transaction: DatabaseTransaction,
  { attachments, idColumn, attachmentQuota }: PolicyHolder,
  holderId: string,
  policy: CataloguedPolicy,
): Promise<void> {
  const ownPolicyId = policy.document === undefined ? policy.policyId : null;
  if (ownPolicyId !== null && (await lockPolicy(transaction, ownPolicyId)) === undefined) {
    throw notAttachable(policy.arn);
  }
  await sql`insert into ${sql.table(attachments)} (${sql.ref(idColumn)}, policy_arn, policy_id, attached_at)
    values (${holderId}, ${policy.arn}, ${ownPolicyId}, ${Date.now()}) on conflict do nothing`.execute(transaction);
  const { count } = await transaction
    .selectFrom(attachments)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(sql.ref(idColumn), '=', holderId)
    .executeTakeFirstOrThrow();
  if (count > MAX_ATTACHED_POLICIES) throw quotaExceeded(attachmentQuota, MAX_ATTACHED_POLICIES);
}

/** @throws InvalidInput for what is no ARN of a policy, NoSuchEntity when the policy is not attached */
export async function detachPolicy(
  { database }: IamServices,
  { attachments, idColumn }: PolicyHolder,
  holderId: string,
  policyArn: string,
): Promise<void> {
  parsePolicyArn(policyArn);
  const { numDeletedRows } = await database
    .deleteFrom(attachments)
    .where(sql.ref(idColumn), '=', holderId)
    .where('policy_arn', '=', policyArn)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw noSuchPolicy(policyArn);
}

async function attachedPolicies(
  database: Database,
  { attachments, idColumn }: PolicyHolder,
  holderId: string,
): Promise<readonly AttachedPolicy[]> {
  const rows = await database
    .selectFrom(attachments)
    .select('policy_arn')
    .where(sql.ref(idColumn), '=', holderId)
    .execute();
  return rows.map(({ policy_arn }) => ({ PolicyName: parsePolicyArn(policy_arn).name, PolicyArn: policy_arn }));
}

/**
 * What the operations ListAttached…Policies answer.
 *
 * @param listing the operation's name
 */
export async function pageOfAttachedPolicies(
  { database }: IamServices,
  holder: PolicyHolder,
  holderId: string,
  listing: string,
  input: PageInput & { readonly PathPrefix?: string | undefined },
): Promise<{ AttachedPolicies: AttachedPolicy[]; IsTruncated: boolean; Marker?: string }> {
  const request = pageRequest(listing, input);
  const wanted = (await attachedPolicies(database, holder, holderId)).filter(({ PolicyArn = '' }) =>
    parsePolicyArn(PolicyArn).path.startsWith(input.PathPrefix ?? '/'),
  );
  const { items, continuation } = pageOfAll(
    request,
    wanted,
    ({ PolicyName = '', PolicyArn }) => `${nameKey(PolicyName)} ${PolicyArn}`,
  );
  return { AttachedPolicies: [...items], ...continuation };
}
