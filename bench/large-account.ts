import { randomUUID } from 'node:crypto';
import type { GitCredentials } from '../server/src/access/authentication/git-credentials.ts';
import type { Database } from '../server/src/storage/database/database.ts';
import type { DatabaseSchema } from '../server/src/storage/database/schema.ts';

/** How much of each an account has. */
export const SIZES = { users: 10_000, groups: 1_000, policies: 5_000, repositories: 1_000_000 };
export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

/** A group that every user is in; it has no policies. */
export const EVERYONE = 'everyone';
const EVERYONE_ID = 'AGPAEVERYONE';
const GROUPS_OF_A_USER = 3;
const POLICIES_OF_A_GROUP = 4;
const STATEMENTS_OF_A_POLICY = 3;
/** SQLite takes 32,766 values in a statement. */
const ROWS_OF_A_STATEMENT = 2_000;

/** Git credentials of a user by number. */
export function credentialOf(user: number): { readonly userName: string; readonly password: string } {
  return { userName: `user-${user}-at-${ACCOUNT}`, password: `password-of-${user}` };
}

export function policyArnOf(policy: number): string {
  return `arn:aws:iam::${ACCOUNT}:policy/policy-${policy}`;
}

/**
 * Fills an empty database with an account: users in three groups each and in one that all are in, groups with four policies each;
 * the first policy, which lets use every repository, is every user's own.
 */
export async function fillLargeAccount(database: Database, gitCredentials: GitCredentials): Promise<void> {
  const created_at = Date.now();
  const own = { account_id: ACCOUNT, path: '/', created_at };
  await insert(database, 'accounts', 1, () => ({
    ...{ account_id: ACCOUNT, root_email: 'root@example.com', root_password_hash: '', created_at },
  }));
  await insert(database, 'users', SIZES.users, (number) => ({
    ...{ ...own, user_id: `AIDA${number}`, user_name: `user-${number}`, user_name_key: `user-${number}`, tags: '{}' },
  }));
  await insert(database, 'service_specific_credentials', SIZES.users, (number) => ({
    ...{
      credential_id: `ACCA${number}`,
      account_id: ACCOUNT,
      user_id: `AIDA${number}`,
      status: 'Active' as const,
      created_at,
    },
    service_name: 'codecommit.amazonaws.com',
    service_user_name: credentialOf(number).userName,
    password_hash: gitCredentials.hash(credentialOf(number).password),
  }));
  await insert(database, 'groups', SIZES.groups, (number) => ({
    ...{ ...own, group_id: `AGPA${number}`, group_name: `group-${number}`, group_name_key: `group-${number}` },
  }));
  await insert(database, 'policies', SIZES.policies, (number) => ({
    ...{ ...own, policy_id: `ANPA${number}`, policy_name: `policy-${number}`, policy_name_key: `policy-${number}` },
    ...{ default_version_id: 'v1', tags: '{}', updated_at: created_at },
  }));
  await insert(database, 'policy_versions', SIZES.policies, (number) => ({
    ...{ policy_id: `ANPA${number}`, version_id: 'v1', document: documentOf(number), created_at },
  }));
  await insert(database, 'groups', 1, () => ({
    ...{ ...own, group_id: EVERYONE_ID, group_name: EVERYONE, group_name_key: EVERYONE },
  }));
  await insert(database, 'group_members', SIZES.users, (number) => ({
    ...{ group_id: EVERYONE_ID, user_id: `AIDA${number}`, added_at: created_at },
  }));
  await insert(database, 'group_members', SIZES.users * GROUPS_OF_A_USER, (number) => {
    const user = Math.floor(number / GROUPS_OF_A_USER);
    return { group_id: `AGPA${(user + number * 331) % SIZES.groups}`, user_id: `AIDA${user}`, added_at: created_at };
  });
  const attached = (policy: number) => ({
    ...{ policy_arn: policyArnOf(policy), policy_id: `ANPA${policy}`, attached_at: created_at },
  });
  await insert(database, 'group_policy_attachments', SIZES.groups * POLICIES_OF_A_GROUP, (number) => ({
    ...{
      group_id: `AGPA${Math.floor(number / POLICIES_OF_A_GROUP)}`,
      ...attached(1 + (number % (SIZES.policies - 1))),
    },
  }));
  await insert(database, 'user_policy_attachments', SIZES.users, (number) => ({
    ...{ user_id: `AIDA${number}`, ...attached(0) },
  }));
}

/** After the repositories that are worked with: an account may make 1,000 by the API. The others are rows without data. */
export async function fillRepositories(database: Database): Promise<void> {
  const created_at = Date.now();
  await insert(database, 'repositories', SIZES.repositories, (number) => ({
    ...{ account_id: ACCOUNT, region: REGION, kms_key_arn: '', data_key: Buffer.alloc(200), generation: 0, tags: '{}' },
    ...{ repository_id: randomUUID(), repository_name: `row-${number}`, created_at, updated_at: created_at + number },
  }));
}

/** The first lets use every repository and protects one branch; the others speak of some repositories. */
function documentOf(policy: number): string {
  const protect = {
    Effect: 'Deny',
    Action: ['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:Merge*'],
    Resource: '*',
    Condition: {
      StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
      Null: { 'codecommit:References': 'false' },
    },
  };
  const some = Array.from({ length: STATEMENTS_OF_A_POLICY }, (_, number) => ({
    Effect: 'Allow',
    Action: ['codecommit:GitPull', 'codecommit:Get*', 'codecommit:List*'],
    Resource: `arn:aws:codecommit:*:${ACCOUNT}:team-${policy}-${number}-*`,
    Condition: { StringEquals: { 'aws:ResourceTag/team': `team-${policy}` } },
  }));
  const all = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: policy === 0 ? [all, protect] : some });
}

async function insert<Table extends keyof DatabaseSchema>(
  database: Database,
  table: Table,
  count: number,
  row: (number: number) => Partial<Record<keyof DatabaseSchema[Table], unknown>>,
): Promise<void> {
  for (let first = 0; first < count; first += ROWS_OF_A_STATEMENT) {
    const rows = Array.from({ length: Math.min(ROWS_OF_A_STATEMENT, count - first) }, (_, offset) =>
      row(first + offset),
    );
    const insertion = database.insertInto(table).values(rows as never);
    await insertion.onConflict((conflict) => conflict.doNothing()).execute();
  }
}
