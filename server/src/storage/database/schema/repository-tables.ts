import type { Generated } from 'kysely';
import type { TagsJson, Timestamp } from './columns.ts';

export interface RepositoriesTable {
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

export interface ReferencesTable {
  repository_id: string;
  /** Full: refs/heads/main. */
  reference_name: string;
  object_id: string;
  /** The fully peeled object of an annotated tag, else null. */
  peeled_id: string | null;
}

export interface PacksTable {
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
  /** Of how many of these objects the deltas have been searched by Codekeep, not only taken over. */
  searched_objects: Generated<number>;
  /** Of the pack file, before encryption, in bytes. */
  size: number;
  created_at: Timestamp;
  /** When the pack left the list; its blobs follow after the grace period. */
  dropped_at: Timestamp | null;
}

export interface LfsObjectsTable {
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

/** A blob that is being stored, until the transaction that lists it. */
export interface BlobIntentsTable {
  /** UUID: names the blobs of a pack or of an LFS object. */
  blob_id: string;
  /** No foreign key: the blobs of a deleted repository are collected by way of this row. */
  repository_id: string;
  kind: 'pack' | 'lfs';
  /** By the database's time, as all times here. */
  opened_at: Timestamp;
  /** When the collector took it: from then on it owns the blobs, and nothing may list them. */
  abandoned_at: Timestamp | null;
}

/** A backup that is being made: until then no blob is removed. */
export interface BackupHoldsTable {
  /** UUID. */
  hold_id: string;
  /** By the database's time. */
  expires_at: Timestamp;
}

export interface LfsLocksTable {
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

export interface MaintenanceLeasesTable {
  repository_id: string;
  /** Who may compact the repository until then. */
  node: string;
  expires_at: Timestamp;
}
