import type { Generated } from 'kysely';
import type { TagsJson, Timestamp } from './columns.ts';

export interface KmsKeysTable {
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

export interface KmsKeyMaterialsTable {
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

export interface KmsAliasesTable {
  account_id: string;
  region: string;
  /** With its prefix: alias/aws/codecommit. */
  alias_name: string;
  key_id: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface KmsGrantsTable {
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
