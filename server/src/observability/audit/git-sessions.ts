import { LRUCache } from 'lru-cache';
import type { AuditTrail } from './audit-trail.ts';
import type { AuditedEvent, TlsDetails } from './cloudtrail-record.ts';
import type { UserIdentity } from './user-identity.ts';

/** A client of Git at work on a repository. */
export interface GitSession {
  /** Tells clients apart: who, with which key, from where, with what, in which repository. */
  readonly client: string;
  readonly details: () => GitSessionDetails;
}

interface GitSessionDetails {
  readonly identity: UserIdentity;
  readonly requestId: string;
  readonly time: Date;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly tls?: TlsDetails | undefined;
  readonly region: string;
  readonly protocol: 'HTTP' | 'SSH';
  readonly repositoryName: string;
  readonly repositoryArn: string;
  /** Absent where the session was not let in. */
  readonly repositoryId: string | undefined;
  /** A request of Git LFS, which travels beside Git's own. */
  readonly isLfs: boolean;
}

/** What a request of Git LFS has changed, in the words of its API. */
export type LfsChange =
  | { readonly lfsObject: { readonly oid: string; readonly size: number } }
  | { readonly lfsLock: { readonly id: string; readonly path: string } }
  | { readonly lfsUnlock: { readonly id: string; readonly path: string; readonly force: boolean } };

/** What became of one reference of a push. */
export interface AuditedReference {
  /** Full name. */
  readonly name: string;
  readonly oldObjectId: string | null;
  readonly newObjectId: string | null;
  readonly forced: boolean;
  /** Why it was refused. */
  readonly reason?: string;
}

/** A session that has not sent objects may still do so. */
interface OpenPull {
  readonly session: GitSession;
  readonly openedAt: number;
  dataTransferred: boolean;
}

type Trail = Pick<AuditTrail, 'record' | 'written' | 'onFlush'>;

/** How long a pull may take from its beginning to its objects and be one record. */
const PULL_MS = 1_000;
const OPEN_PULLS = 10_000;
const NO_COMMIT = '0'.repeat(40);

/**
 * The records of Git sessions, as CodeCommit writes them: GitPull, with whether objects went out; GitPush twice, at its
 * beginning and with its references. Source: CodeCommit User Guide, "Logging AWS CodeCommit API calls with AWS
 * CloudTrail".
 *
 * Pulls of the same client that begin within a second and send no objects are one record: listing references costs
 * the server next to nothing, and must not become a way to fill its disk.
 */
export class GitSessions {
  readonly #trail: Trail;
  readonly #now: () => number;
  readonly #pulls: LRUCache<string, OpenPull>;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds, from any time on */
  constructor(trail: Trail, now: () => number = () => performance.now()) {
    this.#trail = trail;
    this.#now = now;
    this.#pulls = new LRUCache({
      max: OPEN_PULLS,
      dispose: (pull, _key, reason) => {
        if (reason === 'evict') this.#recordPull(pull.session, pull.dataTransferred);
      },
    });
    trail.onFlush(() => this.#endPulls(Number.POSITIVE_INFINITY));
  }

  /** A client asks what there is, to read or to change it. */
  begin(session: GitSession, eventName: 'GitPull' | 'GitPush'): void {
    if (eventName === 'GitPull') this.#beginPull(session);
    else this.#record(session, 'GitPush', { readOnly: true, dataTransferred: false });
  }

  /**
   * A client is sent objects.
   *
   * @param last false: what it has is still being found out, and objects may follow with the next request
   */
  sendObjects(session: GitSession, last: boolean): void {
    const open = this.#pulls.get(session.client);
    if (last) {
      this.#pulls.delete(session.client);
      this.#recordPull(session, true);
    } else if (open === undefined) this.#open(session, true);
    else open.dataTransferred = true;
  }

  /** Resolves when the record is in the file. */
  async push(session: GitSession, references: readonly AuditedReference[]): Promise<void> {
    const reasons = [...new Set(references.flatMap(({ reason }) => reason ?? []))];
    const isRefused = references.every(({ reason }) => reason !== undefined);
    this.#record(session, 'GitPush', {
      readOnly: false,
      dataTransferred: true,
      requestParameters: { references: references.map(parametersOf) },
      ...(isRefused && { error: { code: 'ReferenceUpdatesRefused', message: reasons.join('; ') } }),
    });
    await this.#trail.written();
  }

  /** Resolves when the record is in the file. */
  async changeLfs(session: GitSession, change: LfsChange): Promise<void> {
    const dataTransferred = 'lfsObject' in change;
    this.#record(session, 'GitPush', { readOnly: false, dataTransferred, requestParameters: change });
    await this.#trail.written();
  }

  /** A session that was not let in, or not let do what it came for. */
  refuse(session: GitSession, eventName: 'GitPull' | 'GitPush', error: NonNullable<AuditedEvent['error']>): void {
    this.#record(session, eventName, { readOnly: true, dataTransferred: false, error });
  }

  #beginPull(session: GitSession): void {
    const open = this.#pulls.get(session.client);
    if (open !== undefined && !open.dataTransferred) return;
    if (open !== undefined) this.#end(open);
    this.#open(session, false);
  }

  #open(session: GitSession, dataTransferred: boolean): void {
    this.#pulls.set(session.client, { session, openedAt: this.#now(), dataTransferred });
    this.#endPullsLater();
  }

  #endPullsLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#endPulls(this.#now() - PULL_MS);
    }, PULL_MS).unref();
  }

  #end({ session, dataTransferred }: OpenPull): void {
    this.#pulls.delete(session.client);
    this.#recordPull(session, dataTransferred);
  }

  /** Of those that began no later. */
  #endPulls(openedAt: number): void {
    for (const pull of [...this.#pulls.values()]) {
      if (pull.openedAt <= openedAt) this.#end(pull);
    }
    if (this.#pulls.size > 0) this.#endPullsLater();
  }

  #recordPull(session: GitSession, dataTransferred: boolean): void {
    this.#record(session, 'GitPull', { readOnly: true, dataTransferred });
  }

  #record(
    { details }: GitSession,
    eventName: 'GitPull' | 'GitPush',
    {
      dataTransferred,
      ...event
    }: Pick<AuditedEvent, 'readOnly' | 'requestParameters' | 'error'> & {
      readonly dataTransferred: boolean;
    },
  ): void {
    const { protocol, repositoryName, repositoryId, repositoryArn, isLfs, ...session } = details();
    this.#trail.record({
      eventSource: 'codecommit.amazonaws.com',
      eventName,
      ...session,
      ...event,
      additionalEventData: {
        protocol,
        dataTransferred,
        repositoryName,
        ...(repositoryId !== undefined && { repositoryId }),
        ...(isLfs && { gitLfs: true }),
      },
      resources: [{ arn: repositoryArn, accountId: session.identity.accountId ?? '' }],
    });
  }
}

/** AWS tells the new commit and the name; the rest is told besides. */
function parametersOf({ name, oldObjectId, newObjectId, forced, reason }: AuditedReference) {
  return {
    commit: newObjectId ?? NO_COMMIT,
    ref: name,
    previousCommit: oldObjectId ?? NO_COMMIT,
    forced,
    ...(reason !== undefined && { refused: reason }),
  };
}
