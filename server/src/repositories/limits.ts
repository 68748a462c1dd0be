const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Every number that bounds the work of repositories. */
export interface RepositoryLimits {
  /** CodeCommit's quota: reference updates of one push. */
  readonly referenceUpdatesPerPush: number;
  /** CodeCommit's quota: bytes of one blob. */
  readonly blobBytes: number;
  /** Bytes of the wants and haves of one fetch request, unpacked. */
  readonly fetchRequestBytes: number;
  /** Processes of each kind that run at once; more wait in turn. */
  readonly processes: { readonly send: number; readonly receive: number; readonly maintain: number };
  /** Requests that may wait for a process of one kind; more are refused at once. */
  readonly waitingRequests: number;
  /** Bytes of writable memory of one git process. */
  readonly processMemoryBytes: number;
  /** Bytes that a git process may allocate in one piece: bounds what a delta may unpack to. */
  readonly allocationBytes: number;
  /** How long git may work on a request after the request has been read, or without taking or giving a byte. */
  readonly processTimeMs: number;
  /** Bytes of working copies; the least recently used leave first. */
  readonly workingCopyBytes: number;
  /** How long a working copy stays without use. */
  readonly workingCopyIdleMs: number;
  /** Bytes of cached fetch responses. */
  readonly responseCacheBytes: number;
  /** How long a fetch response stays cached. */
  readonly responseCacheMs: number;
  /** `git cat-file` processes kept for reading objects. */
  readonly objectReaders: number;
  /** Of those, how many one repository may have for objects that are not large. */
  readonly objectReadersPerRepository: number;
  /** Bytes of objects that the API has read, kept in memory for the next request. */
  readonly objectCacheBytes: number;
  /** Packs of a repository that start a compaction. */
  readonly packsBeforeCompaction: number;
  /** How long blobs outlive their last use: longer than any request that may still read or announce them. */
  readonly gracePeriodMs: number;
}

export const DEFAULT_LIMITS: RepositoryLimits = {
  referenceUpdatesPerPush: 4_000,
  blobBytes: 2 * GIB,
  fetchRequestBytes: 32 * MIB,
  processes: { send: 32, receive: 32, maintain: 1 },
  waitingRequests: 1_000,
  processMemoryBytes: 8 * GIB,
  allocationBytes: GIB,
  processTimeMs: 60 * 60 * 1000,
  workingCopyBytes: 8 * GIB,
  workingCopyIdleMs: 6 * 60 * 60 * 1000,
  responseCacheBytes: GIB,
  responseCacheMs: 10 * 60 * 1000,
  objectReaders: 32,
  objectReadersPerRepository: 2,
  objectCacheBytes: 64 * MIB,
  packsBeforeCompaction: 20,
  gracePeriodMs: 6 * 60 * 60 * 1000,
};
