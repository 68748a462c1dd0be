import type { BlobMetadata, Difference } from '@aws-sdk/client-codecommit';

export interface FileChange {
  readonly kind: 'added' | 'deleted' | 'modified' | 'renamed';
  readonly before: BlobMetadata | undefined;
  readonly after: BlobMetadata | undefined;
}

const SUBMODULE = '160000';

/**
 * Changed files from the API's differences, which know no renames: a file that is gone and one that has come are the
 * same file moved if their content is the same.
 */
export function fileChanges(differences: readonly Difference[]): readonly FileChange[] {
  const deleted = new Map<string, Difference[]>();
  for (const difference of differences) {
    const id = difference.beforeBlob?.blobId;
    if (difference.changeType !== 'D' || id === undefined || id === EMPTY_BLOB) continue;
    deleted.set(id, [...(deleted.get(id) ?? []), difference]);
  }
  const moved = new Set<Difference>();
  const changes = differences.map((difference): [Difference, FileChange] => {
    const { beforeBlob: before, afterBlob: after, changeType } = difference;
    if (changeType === 'M') return [difference, { kind: 'modified', before, after }];
    if (changeType === 'D') return [difference, { kind: 'deleted', before, after }];
    const source = deleted.get(after?.blobId ?? '')?.shift();
    if (source === undefined) return [difference, { kind: 'added', before, after }];
    moved.add(source);
    return [difference, { kind: 'renamed', before: source.beforeBlob, after }];
  });
  return changes.filter(([difference]) => !moved.has(difference)).map(([, change]) => change);
}

/** Empty files are alike without having anything in common. */
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

export function pathOf({ before, after }: FileChange): string {
  return after?.path ?? before?.path ?? '';
}

/** Of submodules there is no content to compare. */
export function isSubmodule({ before, after }: FileChange): boolean {
  return before?.mode === SUBMODULE || after?.mode === SUBMODULE;
}

/** "100644 → 100755", where both are known and differ. */
export function modeChange({ before, after }: FileChange): string | undefined {
  if (before?.mode === undefined || after?.mode === undefined || before.mode === after.mode) return undefined;
  return `${before.mode} → ${after.mode}`;
}
