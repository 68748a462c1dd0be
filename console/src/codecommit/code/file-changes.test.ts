import type { Difference } from '@aws-sdk/client-codecommit';
import { describe, expect, it } from 'vitest';
import { fileChanges, isSubmodule, modeChange, pathOf } from './file-changes.ts';

const blob = (path: string, blobId: string, mode = '100644') => ({ path, blobId, mode });
const gone = (path: string, id: string): Difference => ({ changeType: 'D', beforeBlob: blob(path, id) });
const come = (path: string, id: string): Difference => ({ changeType: 'A', afterBlob: blob(path, id) });
const kinds = (...differences: Difference[]) => fileChanges(differences).map((each) => [each.kind, pathOf(each)]);

describe('changed files', () => {
  it('are added, deleted and modified', () => {
    const changed: Difference = { changeType: 'M', beforeBlob: blob('c', '3'), afterBlob: blob('c', '4', '100755') };
    expect(kinds(come('a', '1'), gone('b', '2'), changed)).toEqual([
      ['added', 'a'],
      ['deleted', 'b'],
      ['modified', 'c'],
    ]);
    expect(fileChanges([changed]).map(modeChange)).toEqual(['100644 → 100755']);
    expect(fileChanges([come('a', '1')]).map(modeChange)).toEqual([undefined]);
  });

  it('are renamed where the same content has gone and come, each once', () => {
    expect(kinds(gone('old', '1'), come('new', '1'))).toEqual([['renamed', 'new']]);
    expect(kinds(come('a', '1'), gone('b', '1'), come('c', '1'))).toEqual([
      ['renamed', 'a'],
      ['added', 'c'],
    ]);
    const empty = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
    expect(kinds(gone('a', empty), come('b', empty))).toEqual([
      ['deleted', 'a'],
      ['added', 'b'],
    ]);
  });

  it('may be submodules', () => {
    const [change] = fileChanges([{ changeType: 'A', afterBlob: blob('lib', '1', '160000') }]);
    expect(change && isSubmodule(change)).toBe(true);
  });
});
