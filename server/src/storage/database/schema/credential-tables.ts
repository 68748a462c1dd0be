import type { TagsJson, Timestamp } from './columns.ts';

export interface AccessKeysTable {
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

export interface ServiceSpecificCredentialsTable {
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

export interface SshPublicKeysTable {
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

export interface VirtualMfaDevicesTable {
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
