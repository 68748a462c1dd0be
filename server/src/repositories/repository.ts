/** What a caller holds to work on one repository: made after its access and its key have been checked. */
export interface RepositoryHandle {
  readonly repositoryId: string;
  /** 32 bytes, in the clear. */
  readonly dataKey: Uint8Array;
}

export interface Reference {
  /** Full name: refs/heads/main. */
  readonly name: string;
  readonly objectId: string;
  /** What an annotated tag stands for in the end, through any number of tags; null for anything else. */
  readonly peeledId: string | null;
}

/** The references of a repository at one generation. */
export interface ReferenceSnapshot {
  readonly generation: number;
  /** Short name; null until the first branch appears. */
  readonly defaultBranch: string | null;
  /** Sorted by name, bytewise. */
  readonly references: readonly Reference[];
  get(name: string): Reference | undefined;
  /** At most `limit` references after that name, in order. */
  after(name: string, limit: number): readonly Reference[];
}

export interface ReferenceUpdate {
  /** Full name. */
  readonly name: string;
  /** Where the reference must be now; null: it must not exist. */
  readonly oldObjectId: string | null;
  /** Where it goes; null deletes it. */
  readonly newObjectId: string | null;
}

/** `reason` is one line, fit for Git's `ng` report. */
export type ReferenceResult =
  | { readonly name: string; readonly ok: true }
  | { readonly name: string; readonly ok: false; readonly reason: string };

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface ObjectInfo {
  readonly objectId: string;
  readonly type: ObjectType;
}
