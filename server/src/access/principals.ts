import type { Database } from '../storage/database/database.ts';
import { awsManagedPolicies } from './managed-policies/index.ts';
import { compilePolicy } from './policy/compiled-policy.ts';
import type { SourcedPolicy } from './policy/evaluation.ts';
import type { Principal, Tags } from './principal.ts';

const allowEverything: SourcedPolicy = {
  source: 'root',
  policy: compilePolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'),
};

/** The account's root user: no policy limits it within its own account. */
export function rootPrincipal(accountId: string): Principal {
  return {
    kind: 'root',
    accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    userId: accountId,
    tags: {},
    identityPolicies: [allowEverything],
  };
}

/** ARN of an IAM user; `path` begins and ends with a slash. */
export function userArn(accountId: string, path: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user${path}${userName}`;
}

/** The user as it is now, with every policy that applies; undefined when the user is no more. */
export async function loadUserPrincipal(database: Database, userId: string): Promise<Principal | undefined> {
  const user = await database.selectFrom('users').selectAll().where('user_id', '=', userId).executeTakeFirst();
  if (user === undefined) return undefined;
  return {
    kind: 'user',
    accountId: user.account_id,
    arn: userArn(user.account_id, user.path, user.user_name),
    userId: user.user_id,
    userName: user.user_name,
    tags: JSON.parse(user.tags) as Tags,
    identityPolicies: [...(await inlinePolicies(database, userId)), ...(await attachedPolicies(database, userId))],
  };
}

async function inlinePolicies(database: Database, userId: string): Promise<SourcedPolicy[]> {
  const rows = await database
    .selectFrom('user_policies')
    .select(['policy_name', 'document'])
    .where('user_id', '=', userId)
    .execute();
  return rows.map((row) => ({ source: row.policy_name, policy: compilePolicy(row.document) }));
}

async function attachedPolicies(database: Database, userId: string): Promise<SourcedPolicy[]> {
  const rows = await database
    .selectFrom('user_policy_attachments as attachment')
    .leftJoin('policies as policy', 'policy.policy_id', 'attachment.policy_id')
    .leftJoin('policy_versions as version', (join) =>
      join
        .onRef('version.policy_id', '=', 'policy.policy_id')
        .onRef('version.version_id', '=', 'policy.default_version_id'),
    )
    .select(['attachment.policy_arn', 'version.document'])
    .where('attachment.user_id', '=', userId)
    .execute();
  return rows.map(({ policy_arn, document }) => {
    const text = document ?? awsManagedPolicies.get(policy_arn)?.document;
    // A deny that has gone missing must not open a door.
    if (text === undefined) throw new Error(`The document of attached policy ${policy_arn} is missing`);
    return { source: policy_arn, policy: compilePolicy(text) };
  });
}
