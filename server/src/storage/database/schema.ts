import type { Selectable } from 'kysely';
import type {
  AccessGenerationTable,
  AccountAliasesTable,
  AccountsTable,
  ConsoleSessionsTable,
  InstallationTable,
  PasswordPoliciesTable,
  SshHostKeysTable,
} from './schema/account-tables.ts';
import type { AuditChainsTable, AuditEventResourcesTable, AuditEventsTable } from './schema/audit-tables.ts';
import type {
  AccessKeysTable,
  ServiceSpecificCredentialsTable,
  SshPublicKeysTable,
  VirtualMfaDevicesTable,
} from './schema/credential-tables.ts';
import type {
  CredentialReportsTable,
  FormerPasswordsTable,
  GroupMembersTable,
  GroupPoliciesTable,
  GroupPolicyAttachmentsTable,
  GroupsTable,
  InstanceProfilesTable,
  LastAccessedJobsTable,
  LoginProfilesTable,
  OidcProvidersTable,
  PoliciesTable,
  PolicyVersionsTable,
  RoleDeletionsTable,
  RolePermissionsBoundariesTable,
  RolePoliciesTable,
  RolePolicyAttachmentsTable,
  RolesTable,
  SamlProvidersTable,
  ServiceUsesTable,
  UserPermissionsBoundariesTable,
  UserPoliciesTable,
  UserPolicyAttachmentsTable,
  UsersTable,
} from './schema/identity-tables.ts';
import type { KmsAliasesTable, KmsGrantsTable, KmsKeyMaterialsTable, KmsKeysTable } from './schema/kms-tables.ts';
import type {
  BackupHoldsTable,
  BlobIntentsTable,
  LfsLocksTable,
  LfsObjectsTable,
  MaintenanceLeasesTable,
  PacksTable,
  ReferencesTable,
  RepositoriesTable,
} from './schema/repository-tables.ts';

export interface DatabaseSchema {
  installation: InstallationTable;
  access_generation: AccessGenerationTable;
  accounts: AccountsTable;
  users: UsersTable;
  login_profiles: LoginProfilesTable;
  former_passwords: FormerPasswordsTable;
  account_aliases: AccountAliasesTable;
  password_policies: PasswordPoliciesTable;
  console_sessions: ConsoleSessionsTable;
  access_keys: AccessKeysTable;
  policies: PoliciesTable;
  policy_versions: PolicyVersionsTable;
  user_policy_attachments: UserPolicyAttachmentsTable;
  user_policies: UserPoliciesTable;
  user_permissions_boundaries: UserPermissionsBoundariesTable;
  roles: RolesTable;
  role_policy_attachments: RolePolicyAttachmentsTable;
  role_policies: RolePoliciesTable;
  role_permissions_boundaries: RolePermissionsBoundariesTable;
  groups: GroupsTable;
  group_members: GroupMembersTable;
  group_policy_attachments: GroupPolicyAttachmentsTable;
  group_policies: GroupPoliciesTable;
  instance_profiles: InstanceProfilesTable;
  role_deletions: RoleDeletionsTable;
  saml_providers: SamlProvidersTable;
  service_uses: ServiceUsesTable;
  last_accessed_jobs: LastAccessedJobsTable;
  credential_reports: CredentialReportsTable;
  oidc_providers: OidcProvidersTable;
  service_specific_credentials: ServiceSpecificCredentialsTable;
  ssh_public_keys: SshPublicKeysTable;
  virtual_mfa_devices: VirtualMfaDevicesTable;
  ssh_host_keys: SshHostKeysTable;
  kms_keys: KmsKeysTable;
  kms_key_materials: KmsKeyMaterialsTable;
  kms_aliases: KmsAliasesTable;
  kms_grants: KmsGrantsTable;
  repositories: RepositoriesTable;
  repository_references: ReferencesTable;
  packs: PacksTable;
  lfs_objects: LfsObjectsTable;
  lfs_locks: LfsLocksTable;
  blob_intents: BlobIntentsTable;
  backup_holds: BackupHoldsTable;
  maintenance_leases: MaintenanceLeasesTable;
  audit_events: AuditEventsTable;
  audit_event_resources: AuditEventResourcesTable;
  audit_chains: AuditChainsTable;
}

export type UserRow = Selectable<UsersTable>;
export type LoginProfileRow = Selectable<LoginProfilesTable>;
export type PasswordPolicyRow = Selectable<PasswordPoliciesTable>;
export type AccessKeyRow = Selectable<AccessKeysTable>;
export type PolicyRow = Selectable<PoliciesTable>;
export type RoleRow = Selectable<RolesTable>;
export type GroupRow = Selectable<GroupsTable>;
export type InstanceProfileRow = Selectable<InstanceProfilesTable>;
export type SamlProviderRow = Selectable<SamlProvidersTable>;
export type OidcProviderRow = Selectable<OidcProvidersTable>;
export type ServiceSpecificCredentialRow = Selectable<ServiceSpecificCredentialsTable>;
export type SshPublicKeyRow = Selectable<SshPublicKeysTable>;
export type VirtualMfaDeviceRow = Selectable<VirtualMfaDevicesTable>;
export type KmsKeyRow = Selectable<KmsKeysTable>;
export type KmsKeyMaterialRow = Selectable<KmsKeyMaterialsTable>;
export type KmsGrantRow = Selectable<KmsGrantsTable>;
export type RepositoryRow = Selectable<RepositoriesTable>;
export type LfsLockRow = Selectable<LfsLocksTable>;
