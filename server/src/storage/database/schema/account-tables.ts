import type { Generated } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface InstallationTable {
  /** One row. */
  installation_id: number;
  /** Derived from the root key that everything here is sealed under; tells a wrong one. */
  root_key_check: Buffer;
  /** The ID in the marker of the blob store; null until a store has been marked. */
  blob_store_id: string | null;
}

export interface AccessGenerationTable {
  /** One row. */
  access_generation_id: number;
  /** Raised by every change of what access decisions are made of. */
  generation: number;
}

export interface AccountsTable {
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

export interface AccountAliasesTable {
  account_id: string;
  /** Unique over all accounts. */
  alias: string;
}

/** Of accounts that have set one. */
export interface PasswordPoliciesTable {
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

export interface SshHostKeysTable {
  /** As SSH names it: ssh-ed25519. */
  algorithm: string;
  /** Algorithm and base64, as in known_hosts after the host. */
  public_key: string;
  /** OpenSSH's form, sealed under the root key. */
  private_key: Buffer;
  created_at: Timestamp;
}

export interface ConsoleSessionsTable {
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
