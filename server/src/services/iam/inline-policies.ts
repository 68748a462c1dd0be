import { sql } from 'kysely';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { type PageInput, page, pageRequest } from './pagination.ts';
import { documentSize, encodedDocument } from './policy-documents.ts';
import type { PolicyHolder } from './policy-holders.ts';
import type { IamServices } from './service.ts';

/**
 * Puts an inline policy in the place of one of the same name. The identity's row must be locked.
 *
 * @throws LimitExceeded when all inline policies together are too long
 */
export async function putInlinePolicy(
  transaction: DatabaseTransaction,
  { inlinePolicies, idColumn, maxInlineSize, noun }: PolicyHolder,
  holder: { readonly id: string; readonly name: string },
  policy: { readonly PolicyName: string; readonly PolicyDocument: string },
): Promise<void> {
  await sql`insert into ${sql.table(inlinePolicies)} (${sql.ref(idColumn)}, policy_name, document)
    values (${holder.id}, ${policy.PolicyName}, ${policy.PolicyDocument})
    on conflict (${sql.ref(idColumn)}, policy_name) do update set document = excluded.document`.execute(transaction);
  const rows = await transaction
    .selectFrom(inlinePolicies)
    .select('document')
    .where(sql.ref(idColumn), '=', holder.id)
    .execute();
  if (rows.reduce((size, { document }) => size + documentSize(document), 0) > maxInlineSize) {
    throw limitExceeded(`Maximum policy size of ${maxInlineSize} bytes exceeded for ${noun} ${holder.name}`);
  }
}

/** @throws NoSuchEntity */
export async function getInlinePolicy(
  { database }: IamServices,
  { inlinePolicies, idColumn, noun }: PolicyHolder,
  holderId: string,
  policyName: string,
): Promise<{ PolicyName: string; PolicyDocument: string }> {
  const policy = await database
    .selectFrom(inlinePolicies)
    .select(['policy_name', 'document'])
    .where(sql.ref(idColumn), '=', holderId)
    .where('policy_name', '=', policyName)
    .executeTakeFirst();
  if (policy === undefined) throw noSuchInlinePolicy(noun, policyName);
  return { PolicyName: policy.policy_name, PolicyDocument: encodedDocument(policy.document) };
}

/** @throws NoSuchEntity */
export async function deleteInlinePolicy(
  { database }: IamServices,
  { inlinePolicies, idColumn, noun }: PolicyHolder,
  holderId: string,
  policyName: string,
): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom(inlinePolicies)
    .where(sql.ref(idColumn), '=', holderId)
    .where('policy_name', '=', policyName)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw noSuchInlinePolicy(noun, policyName);
}

/**
 * What the operations List…Policies answer.
 *
 * @param listing the operation's name
 */
export async function pageOfInlinePolicies(
  { database }: IamServices,
  { inlinePolicies, idColumn }: PolicyHolder,
  holderId: string,
  listing: string,
  input: PageInput,
): Promise<{ PolicyNames: string[]; IsTruncated: boolean; Marker?: string }> {
  const request = pageRequest(listing, input);
  const rows = await database
    .selectFrom(inlinePolicies)
    .select('policy_name')
    .where(sql.ref(idColumn), '=', holderId)
    .$if(request.after !== undefined, (query) => query.where('policy_name', '>', request.after ?? ''))
    .orderBy('policy_name')
    .limit(request.size + 1)
    .execute();
  const { items, continuation } = page(request, rows, (row) => row.policy_name);
  return { PolicyNames: items.map((row) => row.policy_name), ...continuation };
}

function noSuchInlinePolicy(noun: PolicyHolder['noun'], policyName: string): Error {
  return noSuchEntity(`The ${noun} policy with name ${policyName} cannot be found.`);
}
