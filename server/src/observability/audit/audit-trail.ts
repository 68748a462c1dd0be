import { createSecretKey, randomUUID } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';
import type { RootKey } from '../../storage/encryption/root-key.ts';
import { type AppendedRecord, AuditFiles } from './audit-files.ts';
import { AuditIndex } from './audit-index.ts';
import { type AuditedEvent, type CloudTrailRecord, cloudTrailRecord } from './cloudtrail-record.ts';

interface AuditTrailOptions {
  /** Where the files are. */
  readonly folder: string;
  readonly database: Database;
  readonly rootKey: RootKey;
  /** Name of this node among those of one database. */
  readonly nodeName: string;
  readonly onWarning: (message: string, error?: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly limits?: Partial<AuditLimits>;
}

/** Every number of the audit trail. */
export interface AuditLimits {
  /** How long a record of what only read may wait for the file, in milliseconds. */
  readonly writeAfterMs: number;
  /** How long a record may wait to be flushed and told to the database. */
  readonly syncAfterMs: number;
  /** How long after a failure the next try follows. */
  readonly retryAfterMs: number;
  /** Bytes of records that may wait; requests wait for room beyond it. */
  readonly waitingBytes: number;
  /** A file of this size is followed by another. */
  readonly fileBytes: number;
}

const DEFAULT_LIMITS: AuditLimits = {
  writeAfterMs: 250,
  syncAfterMs: 1_000,
  retryAfterMs: 1_000,
  waitingBytes: 16 * 1024 * 1024,
  fileBytes: 128 * 1024 * 1024,
};

const PURPOSE = 'audit trail';

/** The key of the hashes between the lines. */
export function auditKey(rootKey: RootKey) {
  return createSecretKey(rootKey.derive(PURPOSE));
}

/** The trail cannot be written, so nothing may be changed that it would not tell of. */
export class AuditUnavailableError extends Error {
  override readonly name = 'AuditUnavailableError';

  constructor() {
    super('The audit trail cannot be written, so nothing can be changed now: try again later');
  }
}

/**
 * One record in CloudTrail's format for each thing that happened, in files chained by hash and in the index that
 * LookupEvents reads. docs/audit.md says what is recorded and when it is safe.
 *
 * Records of changes are in the file before the change is answered, so that no kill of the process loses them; those of
 * reads follow in batches, so that reading costs no write. Both are flushed to the disk and told to the index once a
 * second. While the file cannot be written, changes are refused and what only reads goes on.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #limits: AuditLimits;
  readonly #files: AuditFiles;
  readonly #index: AuditIndex;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** In the file, but not in the index. */
  #written: AppendedRecord[] = [];
  /** Records of reads that there was no room for while the file could not be written. */
  #lost = 0;
  #failing = false;
  #indexFailing = false;
  #work: Promise<void> = Promise.resolve();
  #writeTimer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #onFlush: (() => void)[] = [];

  private constructor(options: AuditTrailOptions, limits: AuditLimits, files: AuditFiles) {
    this.#options = options;
    this.#limits = limits;
    this.#files = files;
    this.#index = new AuditIndex(options.database, options.nodeName, options.now ?? Date.now);
  }

  /** Removes what a crash has cut, and tells the index of what it has not been told. */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const key = auditKey(options.rootKey);
    const { folder, now = Date.now } = options;
    const trail = new AuditTrail(
      options,
      limits,
      await AuditFiles.open({ folder, key, now, fileBytes: limits.fileBytes }),
    );
    await trail.#index.catchUp(trail.#files);
    return trail;
  }

  /**
   * Takes the record of something that happened. After a change, {@link written} is to be awaited before it is answered.
   */
  record(event: AuditedEvent): CloudTrailRecord {
    const record = cloudTrailRecord(event);
    if (this.#failing && event.readOnly && this.#waitingBytes >= this.#limits.waitingBytes) this.#lost++;
    else this.#enqueue(record);
    return record;
  }

  /** Resolves when everything that has been recorded so far is in the file, or cannot be written now. */
  async written(): Promise<void> {
    if (this.#waiting.length > 0) this.#startWrite();
    await this.#work;
  }

  /** To be asked before anything is changed. @throws AuditUnavailableError */
  admitChange(): void {
    if (this.#failing) throw new AuditUnavailableError();
  }

  /** Waits for room where more is recorded than the disk takes. Undefined, at once, where there is room. */
  room(): Promise<void> | undefined {
    return this.#waitingBytes < this.#limits.waitingBytes || this.#failing ? undefined : this.written();
  }

  /** Tells of each {@link flush}, before it begins: what has not been recorded yet is to be recorded then. */
  onFlush(listener: () => void): void {
    this.#onFlush.push(listener);
  }

  /** Writes, flushes and indexes what has been recorded so far. */
  async flush(): Promise<void> {
    for (const listener of this.#onFlush) listener();
    this.#startWrite();
    this.#startSync();
    await this.#work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    clearTimeout(this.#writeTimer);
    clearTimeout(this.#syncTimer);
    await this.#files.close();
  }

  #enqueue(record: CloudTrailRecord): void {
    const text = JSON.stringify(record);
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    if (!this.#closed) this.#writeTimer ??= setTimeout(() => this.#startWrite(), this.#writeDelay()).unref();
  }

  #writeDelay(): number {
    return this.#failing ? this.#limits.retryAfterMs : this.#limits.writeAfterMs;
  }

  #startWrite(): void {
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    this.#work = this.#work.then(() => this.#write());
  }

  #startSync(): void {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    this.#work = this.#work.then(() => this.#sync());
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#lost === 0 ? this.#waiting : [...this.#waiting, JSON.stringify(this.#lossRecord())];
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    try {
      this.#written.push(...(await this.#files.append(batch)));
      this.#waitingBytes -= bytes;
      this.#lost = 0;
      if (this.#failing) this.#options.onWarning('The audit trail can be written again');
      this.#failing = false;
      if (!this.#closed) this.#syncTimer ??= setTimeout(() => this.#startSync(), this.#limits.syncAfterMs).unref();
    } catch (error) {
      this.#waiting = [...batch.slice(0, batch.length - (this.#lost === 0 ? 0 : 1)), ...this.#waiting];
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#failing) this.#options.onWarning('The audit trail cannot be written; nothing can be changed', error);
    this.#failing = true;
    if (!this.#closed) this.#writeTimer ??= setTimeout(() => this.#startWrite(), this.#limits.retryAfterMs).unref();
  }

  async #sync(): Promise<void> {
    try {
      await this.#files.sync();
    } catch (error) {
      this.#fail(error);
      return;
    }
    const written = this.#written;
    this.#written = [];
    try {
      if (this.#indexFailing) await this.#index.catchUp(this.#files);
      else await this.#index.add(this.#files.head.chain, written);
      this.#indexFailing = false;
    } catch (error) {
      // The files have it all: the index is told from there.
      if (!this.#indexFailing) this.#options.onWarning('The audit trail could not be indexed', error);
      this.#indexFailing = true;
      if (!this.#closed) this.#syncTimer ??= setTimeout(() => this.#startSync(), this.#limits.retryAfterMs).unref();
    }
  }

  #lossRecord(): CloudTrailRecord {
    return cloudTrailRecord({
      eventSource: 'codekeep.localhost',
      eventName: 'AuditRecordsLost',
      readOnly: true,
      region: 'us-east-1',
      identity: { type: 'Unknown' },
      requestId: randomUUID(),
      time: new Date(this.#options.now?.() ?? Date.now()),
      sourceIp: 'codekeep.localhost',
      userAgent: undefined,
      additionalEventData: { readOnlyRecordsLost: this.#lost },
    });
  }
}
