import { GetAccountSummary$, GetAccountSummaryCommand, type SummaryKeyType } from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import { accountTarget } from './account-targets.ts';
import { GROUP_POLICIES, ROLE_POLICIES, USER_POLICIES } from './policy-holders.ts';
import {
  ACCOUNT_QUOTAS,
  MAX_ACCESS_KEYS_OF_USER,
  MAX_ATTACHED_POLICIES,
  MAX_GROUPS_OF_USER,
  MAX_MANAGED_POLICY_SIZE,
  MAX_POLICY_VERSIONS,
  MAX_TRUST_POLICY_SIZE,
} from './quotas.ts';
import { type IamServices, operation } from './service.ts';

type Summary = Partial<Record<SummaryKeyType, number>>;

/** What AWS tells in every account. */
const QUOTAS: Summary = {
  UsersQuota: ACCOUNT_QUOTAS.users,
  GroupsQuota: ACCOUNT_QUOTAS.groups,
  RolesQuota: ACCOUNT_QUOTAS.roles,
  PoliciesQuota: ACCOUNT_QUOTAS.policies,
  InstanceProfilesQuota: ACCOUNT_QUOTAS.instanceProfiles,
  PolicyVersionsInUseQuota: 10_000,
  VersionsPerPolicyQuota: MAX_POLICY_VERSIONS,
  GroupsPerUserQuota: MAX_GROUPS_OF_USER,
  AccessKeysPerUserQuota: MAX_ACCESS_KEYS_OF_USER,
  AttachedPoliciesPerUserQuota: MAX_ATTACHED_POLICIES,
  AttachedPoliciesPerGroupQuota: MAX_ATTACHED_POLICIES,
  AttachedPoliciesPerRoleQuota: MAX_ATTACHED_POLICIES,
  UserPolicySizeQuota: USER_POLICIES.maxInlineSize,
  GroupPolicySizeQuota: GROUP_POLICIES.maxInlineSize,
  RolePolicySizeQuota: ROLE_POLICIES.maxInlineSize,
  PolicySizeQuota: MAX_MANAGED_POLICY_SIZE,
  AssumeRolePolicySizeQuota: MAX_TRUST_POLICY_SIZE,
  // Neither exists here.
  ServerCertificates: 0,
  ServerCertificatesQuota: 0,
  SigningCertificatesPerUserQuota: 0,
  AccountSigningCertificatesPresent: 0,
  GlobalEndpointTokenVersion: 1,
};

const getAccountSummary = operation(GetAccountSummary$, GetAccountSummaryCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call) => ({
    SummaryMap: { ...QUOTAS, ...(await counts(database, call.principal.accountId)) },
  }),
});

export const accountSummaryOperations: readonly Operation<IamServices>[] = [getAccountSummary];

async function counts(database: Database, accountId: string): Promise<Summary> {
  const count = async (
    table: 'users' | 'groups' | 'roles' | 'policies' | 'instance_profiles' | 'oidc_providers' | 'saml_providers',
  ) => {
    const row = await database
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    return row.count;
  };
  const versions = await database
    .selectFrom('policy_versions as version')
    .innerJoin('policies as policy', 'policy.policy_id', 'version.policy_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('policy.account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  const rootKey = await database
    .selectFrom('access_keys')
    .select('access_key_id')
    .where('account_id', '=', accountId)
    .where('user_id', 'is', null)
    .limit(1)
    .executeTakeFirst();
  const devices = await database
    .selectFrom('virtual_mfa_devices')
    .select(['user_id', 'enabled_at'])
    .where('account_id', '=', accountId)
    .execute();
  const enabled = devices.filter(({ enabled_at }) => enabled_at !== null);
  return {
    MFADevices: devices.length,
    MFADevicesInUse: enabled.length,
    AccountMFAEnabled: enabled.some(({ user_id }) => user_id === null) ? 1 : 0,
    Users: await count('users'),
    Groups: await count('groups'),
    Roles: await count('roles'),
    Policies: await count('policies'),
    PolicyVersionsInUse: versions.count,
    InstanceProfiles: await count('instance_profiles'),
    Providers: (await count('oidc_providers')) + (await count('saml_providers')),
    AccountAccessKeysPresent: rootKey === undefined ? 0 : 1,
    AccountPasswordPresent: 1,
  };
}
