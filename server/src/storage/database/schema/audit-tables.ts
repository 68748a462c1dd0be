import type { Timestamp } from './columns.ts';

export interface AuditEventsTable {
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

export interface AuditEventResourcesTable {
  event_id: string;
  resource_arn: string;
  resource_type: string;
  /** The last part of the ARN. */
  resource_name: string;
}

export interface AuditChainsTable {
  /** UUID. */
  chain_id: string;
  /** Who writes it. */
  node: string;
  /** Of the last line that is in `audit_events`. */
  sequence: number;
  hash: string;
}
