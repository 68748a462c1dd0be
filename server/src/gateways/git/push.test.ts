import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { NULL_OBJECT_ID } from '../../repositories/reference-names.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

const EMPTY_PACK = Buffer.from('5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e', 'hex');

let fixture: SmartHttpFixture;

async function clientOf(name: string) {
  const handle = await fixture.makeRepository(name);
  const directory = await fixture.makeClient(name);
  const first = await fixture.commit(directory, { 'a.txt': 'a\n' });
  await fixture.git(directory, ['push', '-q', 'origin', 'main']);
  const push = (...args: string[]) => fixture.git(directory, ['push', 'origin', ...args], { mayFail: true });
  const references = async () => {
    const { references: list } = await fixture.repositories.references(handle.repositoryId);
    return Object.fromEntries(list.map(({ name, objectId }) => [name, objectId]));
  };
  return { handle, directory, first, push, references };
}

describe.each(databaseEngines)('push on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      fixture = await openSmartHttp({ engine });
    });
    afterAll(() => fixture.close());

    it('stores annotated tags with what they stand for in the end', async () => {
      const { handle, directory, first, push } = await clientOf('tags');
      await fixture.git(directory, ['tag', '-a', 'one', '-m', 'one']);
      await fixture.git(directory, ['tag', '-a', 'two', '-m', 'tag of a tag', 'one']);
      await fixture.git(directory, ['tag', 'light']);
      expect((await push('--tags')).status).toBe(0);
      const snapshot = await fixture.repositories.references(handle.repositoryId);
      expect(snapshot.get('refs/tags/one')?.peeledId).toBe(first);
      expect(snapshot.get('refs/tags/two')?.peeledId).toBe(first);
      expect(snapshot.get('refs/tags/light')).toEqual({ name: 'refs/tags/light', objectId: first, peeledId: null });
      const two = snapshot.get('refs/tags/two')?.objectId ?? '';
      expect(await fixture.repositories.objectType(handle, two)).toBe('tag');
      // Once more, when nothing needs to be sent but the name.
      expect((await push('two:refs/tags/again')).status).toBe(0);
      const after = await fixture.repositories.references(handle.repositoryId);
      expect(after.get('refs/tags/again')).toEqual({ name: 'refs/tags/again', objectId: two, peeledId: first });
    });

    it('forces, and refuses to without force', async () => {
      const { directory, push, references } = await clientOf('force');
      await fixture.git(directory, ['commit', '-q', '--amend', '-m', 'rewritten']);
      expect((await push('main')).stderr).toContain('[rejected]');
      expect((await push('--force', 'main')).status).toBe(0);
      expect((await references())['refs/heads/main']).toBe(
        (await fixture.git(directory, ['rev-parse', 'main'])).stdout.trim(),
      );
    });

    it('deletes a branch, but not the default branch', async () => {
      const { push, references, first } = await clientOf('delete');
      await push('main:gone');
      expect((await push(':gone')).status).toBe(0);
      const refused = await push(':main');
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('! [remote rejected] main (deletion of the default branch prohibited)');
      expect(await references()).toEqual({ 'refs/heads/main': first });
    });

    it('makes the first branch the default, and main before others that come with it', async () => {
      const handle = await fixture.makeRepository('default');
      const directory = await fixture.makeClient('default');
      await fixture.commit(directory, { a: 'a' });
      await fixture.git(directory, ['push', '-q', 'origin', 'main:refs/tags/t']);
      expect((await fixture.repositories.references(handle.repositoryId)).defaultBranch).toBeNull();
      await fixture.git(directory, ['branch', 'alpha']);
      await fixture.git(directory, ['push', '-q', 'origin', '--all']);
      expect((await fixture.repositories.references(handle.repositoryId)).defaultBranch).toBe('main');
    });

    // Raw, because git itself takes a quarter of a minute to make such a push.
    it('takes 4,000 updates at once and refuses more', async () => {
      const { directory, first, references } = await clientOf('many');
      const post = async (count: number) => {
        const commands = Array.from({ length: count }, (_, index) =>
          packet(`${NULL_OBJECT_ID} ${first} refs/heads/b/${index}${index === 0 ? '\0report-status' : ''}`),
        );
        const response = await fetch(`${fixture.url}many/git-receive-pack`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-git-receive-pack-request' },
          body: Buffer.concat([...commands, FLUSH, EMPTY_PACK]),
        });
        return response.text();
      };
      expect(await post(4_001)).toContain('unpack Too many reference update commands\n');
      expect(Object.keys(await references())).toHaveLength(1);
      const report = await post(4_000);
      expect(report).toContain('unpack ok\n');
      expect(report).not.toContain('ng ');
      expect(Object.keys(await references())).toHaveLength(4_001);
      expect((await fixture.git(directory, ['ls-remote', 'origin'])).stdout.split('\n')).toHaveLength(4_003);
    });

    it('shows the user why a push of too many updates fails', async () => {
      const small = await openSmartHttp({ limits: { referenceUpdatesPerPush: 2 } });
      try {
        await small.makeRepository('small');
        const directory = await small.makeClient('small');
        await small.commit(directory, { a: 'a' });
        const push = await small.git(directory, ['push', 'origin', 'main', 'main:b', 'main:c'], { mayFail: true });
        expect(push.status).toBe(1);
        expect(push.stderr).toContain('Too many reference update commands');
      } finally {
        await small.close();
      }
    });

    it('shows the user why a push with too many options fails', async () => {
      const { push } = await clientOf('many-options');
      const options = (count: number) => Array.from({ length: count }, (_, index) => ['-o', `${index}`]).flat();
      const refused = await push(...options(1_001), 'main:other');
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('more than 1000 push options')]);
      expect((await push(...options(1_000), 'main:other')).status).toBe(0);
    });

    it('of objects that SHA-256 names is refused in the report', async () => {
      await clientOf('sha256');
      const ids = `${'0'.repeat(64)} ${'a'.repeat(64)}`;
      const answer = await fetch(`${fixture.url}sha256/git-receive-pack`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-git-receive-pack-request' },
        body: new Uint8Array(
          Buffer.concat([
            packet(`${ids} refs/heads/x\0report-status object-format=sha256`),
            FLUSH,
            Buffer.from('PACK'),
          ]),
        ),
      });
      expect([answer.status, await answer.text()]).toEqual([
        200,
        expect.stringMatching(/unpack the repository holds SHA-1 objects only\n.*ng refs\/heads\/x /s),
      ]);
    });

    it('is all or nothing with --atomic, and each for itself without', async () => {
      const { directory, first, push, references } = await clientOf('atomic');
      await fixture.commit(directory, { b: 'b' });
      const bad = 'HEAD:refs/heads/main/below';
      const atomic = await push('--atomic', 'main', 'HEAD:good', bad);
      expect(atomic.status).toBe(1);
      expect(atomic.stderr).toContain("'refs/heads/main' exists; cannot create 'refs/heads/main/below'");
      expect(atomic.stderr).toContain('good (atomic transaction failed)');
      expect(await references()).toEqual({ 'refs/heads/main': first });
      const single = await push('main', 'HEAD:good', bad);
      expect(single.status).toBe(1);
      expect(Object.keys(await references())).toEqual(['refs/heads/good', 'refs/heads/main']);
    });

    it('fails a denied reference alone, with the reason', async () => {
      const { directory, first, push, references } = await clientOf('denied');
      const next = await fixture.commit(directory, { b: 'b' });
      fixture.denied.set('refs/heads/main', 'User: alice is not authorized to\nperform: codecommit:GitPush');
      try {
        const mixed = await push('main', 'main:free');
        expect(mixed.status).toBe(1);
        expect(mixed.stderr).toContain(
          '! [remote rejected] main -> main (User: alice is not authorized to perform: codecommit:GitPush)',
        );
        expect(await references()).toEqual({ 'refs/heads/free': next, 'refs/heads/main': first });
        const atomic = await push('--atomic', 'main', 'main:other');
        expect(atomic.stderr).toContain('(User: alice is not authorized');
        const alone = await push('main');
        expect(alone.stderr).toContain('(User: alice is not authorized');
        expect(await references()).toEqual({ 'refs/heads/free': next, 'refs/heads/main': first });
      } finally {
        fixture.denied.clear();
      }
    });

    it('refuses names that CodeCommit or Git refuse, and branches that are no commits', async () => {
      const { directory, push, references, first } = await clientOf('names');
      const hex = 'a'.repeat(40);
      expect((await push(`main:refs/heads/${hex}`)).stderr).toContain('cannot be 40 hexadecimal characters');
      expect((await push(`main:refs/heads/${'x'.repeat(257)}`)).stderr).toContain('between 1 and 256 characters');
      const blob = (await fixture.git(directory, ['rev-parse', 'main:a.txt'])).stdout.trim();
      // Clients refuse to name such a branch themselves.
      await expect(
        fixture.repositories.updateReferences(
          await fixture.makeRepository('unused'),
          [{ name: 'refs/heads/x', oldObjectId: null, newObjectId: blob }],
          { atomic: false },
        ),
      ).resolves.toEqual([{ name: 'refs/heads/x', ok: false, reason: 'missing necessary objects' }]);
      expect((await push(`${blob}:refs/tags/blob`)).status).toBe(0);
      expect(await references()).toEqual({ 'refs/heads/main': first, 'refs/tags/blob': blob });
    });

    it('takes push options, --quiet, and pushes without side bands or reports', async () => {
      const { directory, push } = await clientOf('options');
      await fixture.commit(directory, { b: 'b' });
      expect((await push('-o', 'ci.skip', '-o', 'topic=x', 'main')).status).toBe(0);
      await fixture.commit(directory, { c: 'c' });
      const quiet = await push('--quiet', 'main');
      expect([quiet.status, quiet.stderr]).toEqual([0, '']);
    });

    it('takes bodies in chunks, after the probe of credentials', async () => {
      const { directory, push } = await clientOf('chunked');
      await fixture.commit(directory, {
        'random.bin': Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) & 255)),
      });
      await fixture.git(directory, ['config', 'http.postBuffer', '65536']);
      expect((await push('main')).status).toBe(0);
      const clone = await fixture.makeClient('chunked');
      await fixture.git(clone, ['pull', '-q', 'origin', 'main']);
      await fixture.git(clone, ['fsck', '--full']);
    });

    it('takes bodies that wait for leave to be sent', async () => {
      const { directory, push } = await clientOf('expecting');
      await fixture.commit(directory, { 'random.bin': randomBytes(200_000) });
      await fixture.git(directory, ['config', 'http.extraHeader', 'Expect: 100-continue']);
      const pushed = await fixture.git(directory, ['push', 'origin', 'main'], { env: { GIT_TRACE_CURL: '1' } });
      expect(pushed.stderr).toContain('100 Continue');
      expect((await push('main')).stderr).toContain('Everything up-to-date');
    });

    it('moves a branch from a shallow clone, whose parents are here', async () => {
      const { directory, push } = await clientOf('shallow-push');
      for (let index = 0; index < 3; index++) await fixture.commit(directory, { c: `${index}` });
      await push('main');
      const shallow = await fixture.makeClient('shallow-push');
      await fixture.git(shallow, ['fetch', '-q', '--depth=1', 'origin', 'main']);
      await fixture.git(shallow, ['checkout', '-q', '-B', 'main', 'FETCH_HEAD']);
      await fixture.commit(shallow, { d: 'd' });
      const pushed = await fixture.git(shallow, ['push', 'origin', 'main'], { mayFail: true });
      expect(pushed.stderr).toContain('main -> main');
      expect(pushed.status).toBe(0);
    });

    it('lets exactly one of eight concurrent pushes to one branch win, and all of eight to eight branches', async () => {
      const { handle, references } = await clientOf('race');
      const clients = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const directory = await fixture.makeClient('race');
          await fixture.git(directory, ['pull', '-q', 'origin', 'main']);
          return { directory, commit: await fixture.commit(directory, { [`file-${index}`]: `${index}` }) };
        }),
      );
      const results = await Promise.all(
        clients.map(({ directory }) => fixture.git(directory, ['push', 'origin', 'main'], { mayFail: true })),
      );
      const winners = clients.filter((_, index) => results[index]?.status === 0);
      expect(winners).toHaveLength(1);
      expect((await references())['refs/heads/main']).toBe(winners[0]?.commit);
      await Promise.all(
        clients.map(({ directory }, index) => fixture.git(directory, ['push', '-q', 'origin', `main:side-${index}`])),
      );
      expect(Object.keys(await references())).toHaveLength(9);
      const packs = await fixture.database
        .selectFrom('packs')
        .selectAll()
        .where('repository_id', '=', handle.repositoryId)
        .execute();
      // The first, the winner’s, and seven that the winner’s side branch did not need again.
      expect(packs).toHaveLength(9);
      expect(await fixture.leftovers('incoming')).toEqual([]);
    });
  });
});
