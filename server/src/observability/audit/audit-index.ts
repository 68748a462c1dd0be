import { BulkInsert } from '../../storage/database/bulk-insert.ts';
import type { Database } from '../../storage/database/database.ts';
import type { AppendedRecord, AuditFiles } from './audit-files.ts';
import { type CloudTrailRecord, resourceNameOf } from './cloudtrail-record.ts';
import type { ChainHead } from './hash-chain.ts';
import { userNameOf } from './user-identity.ts';

/** How long events can be looked up: CloudTrail User Guide, "Working with CloudTrail event history". */
export const INDEXED_MS = 90 * 24 * 60 * 60 * 1000;
/** SQLite takes 32,766 values in a statement. */
const DELETED_BY_A_STATEMENT = 500;
const BATCH = 2_000;
/** Rows past their time are looked for this often. */
const SWEEP_MS = 60 * 60 * 1000;
const SWEPT_ROWS = 10_000;
const EVENT_COLUMNS = [
  ...(['event_id', 'account_id', 'region', 'event_time', 'event_name', 'event_source'] as const),
  ...(['read_only', 'user_name', 'access_key_id', 'record'] as const),
];
const RESOURCE_COLUMNS = ['event_id', 'resource_arn', 'resource_type', 'resource_name'] as const;

/** The events of the last 90 days in the database, of all nodes. How far each node's chain is in it, it knows itself. */
export class AuditIndex {
  readonly #database: Database;
  readonly #nodeName: string;
  readonly #now: () => number;
  readonly #events;
  readonly #resources;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, nodeName: string, now: () => number) {
    this.#database = database;
    this.#nodeName = nodeName;
    this.#now = now;
    this.#events = new BulkInsert(database, 'audit_events', EVENT_COLUMNS);
    this.#resources = new BulkInsert(database, 'audit_event_resources', RESOURCE_COLUMNS);
  }

  /** Adds the records that follow on those that it has of the chain. */
  async add(chain: string, records: readonly AppendedRecord[]): Promise<void> {
    const last = records.at(-1);
    if (last !== undefined) await this.#insert({ chain, sequence: last.sequence, hash: last.hash }, records);
    await this.#sweep();
  }

  /** Adds what the files have and it has not: after a crash, or when the database could not be had. */
  async catchUp(files: AuditFiles): Promise<void> {
    const { chain } = files.head;
    const row = await this.#database
      .selectFrom('audit_chains')
      .select('sequence')
      .where('chain_id', '=', chain)
      .executeTakeFirst();
    let batch: AppendedRecord[] = [];
    for await (const record of files.after(row?.sequence ?? 0)) {
      batch.push(record);
      if (batch.length < BATCH) continue;
      await this.add(chain, batch);
      batch = [];
    }
    await this.add(chain, batch);
  }

  async #insert({ chain, sequence, hash }: ChainHead, records: readonly AppendedRecord[]): Promise<void> {
    const rows = records.flatMap(({ record }) => rowOf(record));
    const resources = rows.flatMap(({ event, record }) => resourceRowsOf(event.event_id, record));
    await this.#database.transaction().execute(async (transaction) => {
      await this.#events.run(
        transaction,
        rows.map(({ event }) => event),
      );
      await this.#resources.run(transaction, resources);
      const head = { sequence, hash, node: this.#nodeName };
      await transaction
        .insertInto('audit_chains')
        .values({ chain_id: chain, ...head })
        .onConflict((conflict) => conflict.column('chain_id').doUpdateSet(head))
        .execute();
    });
  }

  async #sweep(): Promise<void> {
    const now = this.#now();
    if (now - this.#sweptAt < SWEEP_MS) return;
    const old = await this.#database
      .selectFrom('audit_events')
      .select('event_id')
      .where('event_time', '<', now - INDEXED_MS)
      .limit(SWEPT_ROWS)
      .execute();
    for (const part of partsOf(old.map((row) => row.event_id))) {
      await this.#database.deleteFrom('audit_event_resources').where('event_id', 'in', part).execute();
      await this.#database.deleteFrom('audit_events').where('event_id', 'in', part).execute();
    }
    if (old.length < SWEPT_ROWS) this.#sweptAt = now;
  }
}

/** Undefined, as an empty list, for what concerns no account: nobody could look it up. */
function rowOf(text: string) {
  const record = JSON.parse(text) as CloudTrailRecord;
  const { recipientAccountId, userIdentity } = record;
  if (recipientAccountId === undefined) return [];
  const event = {
    event_id: record.eventID,
    account_id: recipientAccountId,
    region: record.awsRegion,
    event_time: Date.parse(record.eventTime),
    event_name: record.eventName,
    event_source: record.eventSource,
    read_only: Number(record.readOnly),
    user_name: userNameOf(userIdentity) ?? null,
    access_key_id: userIdentity.accessKeyId ?? null,
    record: text,
  };
  return [{ event, record }];
}

function resourceRowsOf(eventId: string, { resources = [] }: CloudTrailRecord) {
  const byArn = new Map(resources.map(({ ARN, type }) => [ARN, type]));
  return [...byArn].map(([arn, type]) => ({
    event_id: eventId,
    resource_arn: arn,
    resource_type: type,
    resource_name: resourceNameOf(arn),
  }));
}

function* partsOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let first = 0; first < items.length; first += DELETED_BY_A_STATEMENT) {
    yield items.slice(first, first + DELETED_BY_A_STATEMENT);
  }
}
