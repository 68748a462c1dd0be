import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

let fixture: SmartHttpFixture;
beforeAll(async () => {
  fixture = await openSmartHttp();
});
afterAll(() => fixture.close());

describe('clone and push', () => {
  it('goes from an empty repository to a second clone', async () => {
    const { git, url, repositories } = fixture;
    const handle = await fixture.makeRepository('journey');
    const empty = await git(fixture.folder, ['-c', 'init.defaultBranch=trunk', 'clone', `${url}journey`, 'first']);
    expect(empty.stderr).toContain('You appear to have cloned an empty repository');
    const first = join(fixture.folder, 'first');
    expect((await git(first, ['symbolic-ref', 'HEAD'])).stdout).toBe('refs/heads/trunk\n');
    const commit = await fixture.commit(first, { 'README.md': 'hello\n', 'src/main.ts': 'export {};\n' });
    await git(first, ['push', '-u', 'origin', 'trunk']);
    expect(await repositories.references(handle.repositoryId)).toMatchObject({
      defaultBranch: 'trunk',
      references: [{ name: 'refs/heads/trunk', objectId: commit, peeledId: null }],
    });
    expect(await repositories.objectType(handle, commit)).toBe('commit');
    const second = join(await mkdtemp(join(fixture.folder, 'second-')), 'clone');
    await git(fixture.folder, ['clone', '-q', `${url}journey`, second]);
    expect((await git(second, ['rev-parse', 'HEAD'])).stdout.trim()).toBe(commit);
    const next = await fixture.commit(second, { 'README.md': 'hello again\n' });
    await git(second, ['push', '-q']);
    await git(first, ['pull', '-q']);
    expect((await git(first, ['rev-parse', 'HEAD'])).stdout.trim()).toBe(next);
    await git(first, ['fsck', '--full']);
    expect(fixture.warnings.filter((text) => !text.includes('memory-backed'))).toEqual([]);
  });
});
