import type { Generated, Selectable } from 'kysely';

/** Milliseconds since the epoch, UTC. */
type Timestamp = number;
/** A JSON object of tag keys and values. */
type TagsJson = string;

interface InstallationTable {
  /** One row. */
  installation_id: number;
  /** Derived from the root key that everything here is sealed under; tells a wrong one. */
  root_key_check: Buffer;
}

interface AccessGenerationTable {
  /** One row. */
  access_generation_id: number;
  /** Raised by every change of what access decisions are made of. */
  generation: number;
}

interface AccountsTable {
  /** Twelve digits. */
  account_id: string;
  root_email: string;
  /** scrypt; see `access/authentication/passwords.ts`. */
  root_password_hash: string;
  root_password_changed_at: Generated<Timestamp>;
  root_password_last_used: Timestamp | null;
  /** What its people call it. */
  account_name: string | null;
  created_at: Timestamp;
  /** From then on nobody is let in; the data follow after the grace period. */
  closed_at: Timestamp | null;
}

interface UsersTable {
  /** AIDA…, never reused, survives a rename. */
  user_id: string;
  account_id: string;
  user_name: string;
  /** IAM names keep their case and are unique without regard to it. */
  user_name_key: string;
  path: string;
  tags: TagsJson;
  created_at: Timestamp;
  password_last_used: Timestamp | null;
}

interface LoginProfilesTable {
  user_id: string;
  password_hash: string;
  password_reset_required: number;
  created_at: Timestamp;
  /** What the age of the password is counted from. */
  password_changed_at: Generated<Timestamp>;
}

interface FormerPasswordsTable {
  user_id: string;
  password_hash: string;
  replaced_at: Timestamp;
}

interface AccountAliasesTable {
  account_id: string;
  /** Unique over all accounts. */
  alias: string;
}

/** Of accounts that have set one. */
interface PasswordPoliciesTable {
  account_id: string;
  minimum_length: number;
  require_symbols: number;
  require_numbers: number;
  require_uppercase: number;
  require_lowercase: number;
  users_may_change: number;
  /** Null: passwords do not expire. */
  max_age_days: number | null;
  /** How many of the last passwords may not be used again; null for none. */
  reuse_prevention: number | null;
  hard_expiry: number | null;
}

interface AccessKeysTable {
  /** AKIA… */
  access_key_id: string;
  account_id: string;
  /** Null: a key of the account's root user. */
  user_id: string | null;
  /** Sealed under the root key. */
  secret: Buffer;
  status: 'Active' | 'Inactive';
  created_at: Timestamp;
  last_used_at: Timestamp | null;
  last_used_region: string | null;
  last_used_service: string | null;
}

interface PoliciesTable {
  /** ANPA… */
  policy_id: string;
  account_id: string;
  policy_name: string;
  policy_name_key: string;
  path: string;
  description: string | null;
  default_version_id: string;
  /** The number of the newest version that there ever was. */
  last_version: Generated<number>;
  tags: TagsJson;
  created_at: Timestamp;
  updated_at: Timestamp;
}

interface PolicyVersionsTable {
  policy_id: string;
  /** v1, v2, … */
  version_id: string;
  document: string;
  created_at: Timestamp;
}

interface UserPolicyAttachmentsTable {
  user_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
}

interface UserPoliciesTable {
  user_id: string;
  policy_name: string;
  document: string;
}

interface UserPermissionsBoundariesTable {
  user_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
}

interface RolesTable {
  /** AROA…, never reused. */
  role_id: string;
  account_id: string;
  role_name: string;
  /** IAM names keep their case and are unique without regard to it. */
  role_name_key: string;
  path: string;
  description: string | null;
  /** JSON. Users and roles stand in it by their unique IDs, so that a later one of the same name is not trusted. */
  trust_policy: string;
  /** Seconds. */
  max_session_duration: number;
  tags: TagsJson;
  created_at: Timestamp;
  last_used_at: Timestamp | null;
  last_used_region: string | null;
}

interface RolePolicyAttachmentsTable {
  role_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
}

interface RolePermissionsBoundariesTable {
  role_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
}

interface RolePoliciesTable {
  role_id: string;
  policy_name: string;
  document: string;
}

interface GroupsTable {
  /** AGPA…, never reused, survives a rename. */
  group_id: string;
  account_id: string;
  group_name: string;
  /** IAM names keep their case and are unique without regard to it. */
  group_name_key: string;
  path: string;
  created_at: Timestamp;
}

interface GroupMembersTable {
  group_id: string;
  user_id: string;
  added_at: Timestamp;
}

interface GroupPolicyAttachmentsTable {
  group_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
}

interface GroupPoliciesTable {
  group_id: string;
  policy_name: string;
  document: string;
}

interface InstanceProfilesTable {
  /** AIPA…, never reused. */
  profile_id: string;
  account_id: string;
  profile_name: string;
  /** IAM names keep their case and are unique without regard to it. */
  profile_name_key: string;
  path: string;
  role_id: string | null;
  tags: TagsJson;
  created_at: Timestamp;
}

interface RoleDeletionsTable {
  /** As AWS forms it: task/aws-service-role/SERVICE/ROLE/UUID. */
  task_id: string;
  account_id: string;
  deleted_at: Timestamp;
}

interface SamlProvidersTable {
  /** arn:aws:iam::ACCOUNT:saml-provider/ and the name. */
  provider_arn: string;
  account_id: string;
  /** SAMLSP… */
  provider_id: string;
  /** IAM names keep their case and are unique without regard to it. */
  name_key: string;
  /** The XML document as it came. */
  metadata: string;
  valid_until: Timestamp;
  tags: TagsJson;
  created_at: Timestamp;
}

interface ServiceUsesTable {
  /** A user or a role. */
  identity_id: string;
  /** The service namespace: codecommit. */
  service: string;
  used_at: Timestamp;
  region: string;
}

interface LastAccessedJobsTable {
  /** UUID. */
  job_id: string;
  account_id: string;
  /** The user, group, role or policy that the report is about. */
  entity_arn: string;
  created_at: Timestamp;
}

interface CredentialReportsTable {
  account_id: string;
  generated_at: Timestamp;
  /** CSV. */
  content: string;
}

interface OidcProvidersTable {
  /** arn:aws:iam::ACCOUNT:oidc-provider/ and the URL. */
  provider_arn: string;
  account_id: string;
  /** Without `https://`: with it, what tokens have as their issuer. */
  url: string;
  /** URLs keep their case and are unique without regard to it. */
  url_key: string;
  /** A JSON array: the audiences of tokens that are taken. */
  client_ids: string;
  /** A JSON array of SHA-1 hashes of certificates in hexadecimal. */
  thumbprints: string;
  tags: TagsJson;
  created_at: Timestamp;
}

interface ServiceSpecificCredentialsTable {
  /** ACCA… */
  credential_id: string;
  account_id: string;
  user_id: string;
  service_name: string;
  /** NAME-at-ACCOUNT: fixed when made, survives a rename of the user. */
  service_user_name: string;
  /** Keyed hash; see `access/authentication/git-credentials.ts`. */
  password_hash: Buffer;
  status: 'Active' | 'Inactive';
  created_at: Timestamp;
}

interface SshPublicKeysTable {
  /** APKA… */
  ssh_public_key_id: string;
  account_id: string;
  user_id: string;
  /** MD5, colon form, as IAM shows it. */
  fingerprint: string;
  /** One line of OpenSSH's authorized_keys form. */
  public_key: string;
  status: 'Active' | 'Inactive';
  uploaded_at: Timestamp;
}

interface VirtualMfaDevicesTable {
  /** Its ARN: arn:aws:iam::ACCOUNT:mfa/PATH/NAME. */
  serial_number: string;
  account_id: string;
  /** What one-time passwords are made of, sealed under the root key. */
  seed: Buffer;
  tags: TagsJson;
  created_at: Timestamp;
  /** Whose it is once it is enabled; null: nobody's, or the account's root user's. */
  user_id: string | null;
  /** Null: not assigned to anybody. */
  enabled_at: Timestamp | null;
  /** How far the device's clock was ahead when it was enabled or synchronised, in steps of 30 seconds. */
  clock_offset: number;
  /** Of the newest code that was taken: neither it nor an older one is taken again. */
  last_used_step: number;
  /** Since the last code that was right. */
  failed_tries: number;
  /** Until then no code is looked at. */
  refused_until: Timestamp;
}

interface SshHostKeysTable {
  /** As SSH names it: ssh-ed25519. */
  algorithm: string;
  /** Algorithm and base64, as in known_hosts after the host. */
  public_key: string;
  /** OpenSSH's form, sealed under the root key. */
  private_key: Buffer;
  created_at: Timestamp;
}

interface KmsKeysTable {
  key_id: string;
  account_id: string;
  region: string;
  manager: 'AWS' | 'CUSTOMER';
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  description: string;
  created_at: Timestamp;
  /** Of a key that is pending deletion: when its material may be destroyed. */
  deletion_at: Timestamp | null;
  /** SYMMETRIC_DEFAULT, RSA_2048, …; see `services/kms/key-specs.ts`. */
  key_spec: Generated<string>;
  key_usage: Generated<string>;
  /** Its users and roles by their unique IDs. Null: of a key of AWS, whose policy follows from what it is for. */
  policy: string | null;
  tags: Generated<TagsJson>;
  /** Null: the key is not rotated by itself. */
  rotation_period_days: number | null;
  next_rotation_at: Timestamp | null;
}

interface KmsKeyMaterialsTable {
  key_id: string;
  /** 1, 2, … : the newest encrypts, all decrypt. */
  version: number;
  /** 256 bits, the bytes of an HMAC key, or a private key in PKCS #8; sealed under the root key. */
  material: Buffer;
  /** Of an asymmetric key, in SubjectPublicKeyInfo. */
  public_key: Buffer | null;
  /** Of what a rotation made. */
  rotation_type: 'AUTOMATIC' | 'ON_DEMAND' | null;
  created_at: Timestamp;
}

interface KmsAliasesTable {
  account_id: string;
  region: string;
  /** With its prefix: alias/aws/codecommit. */
  alias_name: string;
  key_id: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

interface KmsGrantsTable {
  /** 64 hexadecimal digits. */
  grant_id: string;
  key_id: string;
  grant_name: string | null;
  issuing_account: string;
  /** A user or role by its unique ID, anybody else by ARN. */
  grantee_principal: string;
  retiring_principal: string | null;
  /** A JSON array: ["Decrypt"]. */
  operations: string;
  /** A JSON object as CreateGrant takes it. */
  constraints: string | null;
  created_at: Timestamp;
}

interface RepositoriesTable {
  /** UUID; survives a rename; the encryption context of everything stored for the repository. */
  repository_id: string;
  account_id: string;
  region: string;
  repository_name: string;
  description: string | null;
  /** Short name; null until the first branch appears. */
  default_branch: string | null;
  kms_key_arn: string;
  /** The repository's data key, encrypted by KMS. */
  data_key: Buffer;
  /** Raised by each change of references or packs. */
  generation: number;
  tags: TagsJson;
  created_at: Timestamp;
  updated_at: Timestamp;
}

interface ReferencesTable {
  repository_id: string;
  /** Full: refs/heads/main. */
  reference_name: string;
  object_id: string;
  /** The fully peeled object of an annotated tag, else null. */
  peeled_id: string | null;
}

interface PacksTable {
  /** UUID: names the blobs of the pack. */
  pack_id: string;
  /** No foreign key: the blobs of a deleted repository are collected by way of this row. */
  repository_id: string;
  /** Git's own name of the pack: 40 hexadecimal digits. */
  checksum: string;
  source: 'received' | 'compacted';
  /** Which files exist beside the pack, comma separated: idx,rev,bitmap. */
  files: string;
  object_count: number;
  /** Of the pack file, before encryption, in bytes. */
  size: number;
  created_at: Timestamp;
  /** When the pack left the list; its blobs follow after the grace period. */
  dropped_at: Timestamp | null;
}

interface LfsObjectsTable {
  /** No foreign key: the blobs of a deleted repository are collected by way of this row. */
  repository_id: string;
  /** SHA-256 of the content, 64 hexadecimal digits. */
  object_id: string;
  /** UUID: names the blob. */
  blob_id: string;
  /** Before encryption, in bytes. */
  size: number;
  created_at: Timestamp;
}

interface LfsLocksTable {
  /** UUID. */
  lock_id: string;
  repository_id: string;
  path: string;
  /** Full; null when the client told none. */
  reference_name: string | null;
  /** aws:userid of who locked it. */
  owner_id: string;
  /** What users call them. */
  owner_name: string;
  locked_at: Timestamp;
}

interface MaintenanceLeasesTable {
  repository_id: string;
  /** Who may compact the repository until then. */
  node: string;
  expires_at: Timestamp;
}

interface AuditEventsTable {
  /** UUID. */
  event_id: string;
  account_id: string;
  region: string;
  event_time: Timestamp;
  event_name: string;
  event_source: string;
  read_only: number;
  /** Of an IAM user; `root`; the session of a role. */
  user_name: string | null;
  access_key_id: string | null;
  /** CloudTrail's record, JSON. */
  record: string;
}

interface AuditEventResourcesTable {
  event_id: string;
  resource_arn: string;
  resource_type: string;
  /** The last part of the ARN. */
  resource_name: string;
}

interface AuditChainsTable {
  /** UUID. */
  chain_id: string;
  /** Who writes it. */
  node: string;
  /** Of the last line that is in `audit_events`. */
  sequence: number;
  hash: string;
}

interface ConsoleSessionsTable {
  /** SHA-256 of the cookie's token, in base64url. */
  token_hash: string;
  account_id: string;
  /** Null: the account's root user. */
  user_id: string | null;
  /** SHA-256 of the password hash that was signed in with: another password ends the session. */
  password_check: string;
  /** When a second factor was shown; null where there was none. */
  mfa_authenticated_at: Timestamp | null;
  created_at: Timestamp;
  expires_at: Timestamp;
}

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
