import type { Generated, GeneratedAlways } from 'kysely';
import type { TagsJson, Timestamp } from './columns.ts';

export interface UsersTable {
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

export interface LoginProfilesTable {
  user_id: string;
  password_hash: string;
  password_reset_required: number;
  created_at: Timestamp;
  /** What the age of the password is counted from. */
  password_changed_at: Generated<Timestamp>;
}

export interface FormerPasswordsTable {
  user_id: string;
  password_hash: string;
  replaced_at: Timestamp;
}

export interface PoliciesTable {
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

export interface PolicyVersionsTable {
  policy_id: string;
  /** v1, v2, … */
  version_id: string;
  document: string;
  created_at: Timestamp;
}

export interface UserPolicyAttachmentsTable {
  user_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
  /** Those of the user, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface UserPoliciesTable {
  user_id: string;
  policy_name: string;
  document: string;
}

export interface UserPermissionsBoundariesTable {
  user_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  /** Those of the user, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface RolesTable {
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

export interface RolePolicyAttachmentsTable {
  role_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
  /** Those of the role, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface RolePermissionsBoundariesTable {
  role_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  /** Those of the role, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface RolePoliciesTable {
  role_id: string;
  policy_name: string;
  document: string;
}

export interface GroupsTable {
  /** AGPA…, never reused, survives a rename. */
  group_id: string;
  account_id: string;
  group_name: string;
  /** IAM names keep their case and are unique without regard to it. */
  group_name_key: string;
  path: string;
  created_at: Timestamp;
}

export interface GroupMembersTable {
  group_id: string;
  user_id: string;
  added_at: Timestamp;
  /** Those of the user, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface GroupPolicyAttachmentsTable {
  group_id: string;
  /** Of an AWS managed policy or of one of the account's own. */
  policy_arn: string;
  /** The account's own policy; null for an AWS managed one. */
  policy_id: string | null;
  attached_at: Timestamp;
  /** Those of the group, which the database fills in. */
  account_id: GeneratedAlways<string>;
  name_key: GeneratedAlways<string>;
}

export interface GroupPoliciesTable {
  group_id: string;
  policy_name: string;
  document: string;
}

export interface InstanceProfilesTable {
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

export interface RoleDeletionsTable {
  /** As AWS forms it: task/aws-service-role/SERVICE/ROLE/UUID. */
  task_id: string;
  account_id: string;
  deleted_at: Timestamp;
}

export interface SamlProvidersTable {
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

export interface ServiceUsesTable {
  /** A user or a role. */
  identity_id: string;
  /** The service namespace: codecommit. */
  service: string;
  used_at: Timestamp;
  region: string;
}

export interface LastAccessedJobsTable {
  /** UUID. */
  job_id: string;
  account_id: string;
  /** The user, group, role or policy that the report is about. */
  entity_arn: string;
  created_at: Timestamp;
}

export interface CredentialReportsTable {
  account_id: string;
  generated_at: Timestamp;
  /** CSV. */
  content: string;
}

export interface OidcProvidersTable {
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
