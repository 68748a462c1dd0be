import { rootPrincipal, userArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import type { AccessKeyRow } from '../../storage/database/schema.ts';
import { passwordPolicyOf } from './password-policy.ts';

// The columns and values of AWS's report: IAM User Guide, "Getting credential reports".

const DAY_MS = 24 * 60 * 60 * 1000;
const NOTHING = 'N/A';
const UNKNOWN = 'no_information';
const OF_ROOT = 'not_supported';
/** Signing certificates, which nobody has here. */
const NO_CERTIFICATES = ['false', NOTHING, 'false', NOTHING];
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...['access_key_1', 'access_key_2'].flatMap((key) => [
    `${key}_active`,
    `${key}_last_rotated`,
    `${key}_last_used_date`,
    `${key}_last_used_region`,
    `${key}_last_used_service`,
  ]),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
];

type Row = readonly string[];

/** The account's root user and its IAM users, each with the state of password, MFA and access keys, as CSV. */
export async function credentialReport(database: Database, accountId: string): Promise<string> {
  const keys = keysByOwner(
    await database
      .selectFrom('access_keys')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('created_at')
      .orderBy('access_key_id')
      .execute(),
  );
  const devices = await database
    .selectFrom('virtual_mfa_devices')
    .select('user_id')
    .where('account_id', '=', accountId)
    .where('enabled_at', 'is not', null)
    .execute();
  const withMfa = new Set(devices.map(({ user_id }) => user_id));
  const credentialsOf = (userId: string | null): Row => [
    String(withMfa.has(userId)),
    ...keyColumns(keys.get(userId)?.[0]),
    ...keyColumns(keys.get(userId)?.[1]),
    ...NO_CERTIFICATES,
  ];
  const root = await rootRow(database, accountId);
  const users = await userRows(database, accountId);
  const rows = [COLUMNS, [...root, ...credentialsOf(null)]];
  for (const { userId, columns } of users) rows.push([...columns, ...credentialsOf(userId)]);
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

async function rootRow(database: Database, accountId: string): Promise<Row> {
  const account = await database
    .selectFrom('accounts')
    .select(['created_at', 'root_password_last_used'])
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return [
    '<root_account>',
    rootPrincipal(accountId).arn,
    timeText(account.created_at),
    OF_ROOT,
    timeText(account.root_password_last_used, UNKNOWN),
    OF_ROOT,
    OF_ROOT,
  ];
}

async function userRows(database: Database, accountId: string): Promise<{ userId: string; columns: Row }[]> {
  const policy = await passwordPolicyOf(database, accountId);
  const lifeOfPassword = policy?.max_age_days == null ? undefined : policy.max_age_days * DAY_MS;
  const users = await database
    .selectFrom('users')
    .leftJoin('login_profiles as profile', 'profile.user_id', 'users.user_id')
    .select(['users.user_id', 'users.user_name', 'users.path', 'users.created_at', 'users.password_last_used'])
    .select('profile.password_changed_at')
    .where('users.account_id', '=', accountId)
    .orderBy('users.user_name_key')
    .execute();
  return users.map((user) => {
    const changedAt = user.password_changed_at;
    const password =
      changedAt === null
        ? ['false', NOTHING, NOTHING, NOTHING]
        : [
            'true',
            timeText(user.password_last_used, UNKNOWN),
            timeText(changedAt),
            lifeOfPassword === undefined ? NOTHING : timeText(changedAt + lifeOfPassword),
          ];
    const arn = userArn(accountId, user.path, user.user_name);
    return { userId: user.user_id, columns: [user.user_name, arn, timeText(user.created_at), ...password] };
  });
}

function keysByOwner(keys: readonly AccessKeyRow[]): ReadonlyMap<string | null, AccessKeyRow[]> {
  return Map.groupBy(keys, ({ user_id }) => user_id);
}

function keyColumns(key: AccessKeyRow | undefined): Row {
  if (key === undefined) return ['false', NOTHING, NOTHING, NOTHING, NOTHING];
  return [
    String(key.status === 'Active'),
    timeText(key.created_at),
    timeText(key.last_used_at),
    key.last_used_region ?? NOTHING,
    key.last_used_service ?? NOTHING,
  ];
}

/** As AWS writes it: 2026-11-26T10:45:51+00:00. */
function timeText(time: number | null, missing = NOTHING): string {
  return time === null ? missing : `${new Date(time).toISOString().slice(0, -'.000Z'.length)}+00:00`;
}

/** Names of users may have commas. */
function csvField(value: string): string {
  return value.includes(',') ? `"${value}"` : value;
}
