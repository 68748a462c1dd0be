import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

const COMMITS = 60;

let fixture: SmartHttpFixture;
let source: string;
beforeAll(async () => {
  fixture = await openSmartHttp();
  await fixture.makeRepository('history');
  source = await fixture.makeClient('history');
  for (let index = 0; index < COMMITS; index++) {
    await fixture.commit(source, { 'counter.txt': `${index}\n`, [`folder/${index}.txt`]: `${index}\n`.repeat(20) });
  }
  await fixture.git(source, ['push', '-q', 'origin', 'main']);
});
afterAll(() => fixture.close());

async function count(directory: string, revision: string): Promise<number> {
  return Number((await fixture.git(directory, ['rev-list', '--count', revision])).stdout);
}

describe('a request that is too long', () => {
  it.each([0, 1, 2])('ends the fetch with the reason, version %i', async (version) => {
    const small = await openSmartHttp({ limits: { fetchRequestBytes: 1_500 } });
    try {
      await small.makeRepository('wide');
      const directory = await small.makeClient('wide');
      for (let index = 0; index < 40; index++) {
        await small.git(directory, ['checkout', '-q', '--orphan', `branch-${index}`]);
        await small.commit(directory, { a: `${index}` });
      }
      await small.git(directory, ['push', '-q', 'origin', '--all']);
      const clone = (...args: string[]) =>
        small.git(
          small.folder,
          ['-c', `protocol.version=${version}`, 'clone', '-q', ...args, `${small.url}wide`, `clone-${args.length}`],
          { mayFail: true },
        );
      const { status, stderr } = await clone();
      expect([status, stderr]).toEqual([
        128,
        expect.stringContaining('fatal: remote error: the request is longer than 1500 bytes'),
      ]);
      expect((await clone('--single-branch', '--branch', 'branch-3')).status).toBe(0);
    } finally {
      await small.close();
    }
  });
});

describe('fetch', () => {
  it.each([0, 2])('is shallow, deepens and becomes whole, version %i', async (version) => {
    const client = await fixture.makeClient('history');
    const fetch = (...args: string[]) =>
      fixture.git(client, ['-c', `protocol.version=${version}`, 'fetch', '-q', ...args, 'origin', 'main']);
    await fetch('--depth=3');
    expect(await count(client, 'FETCH_HEAD')).toBe(3);
    await fetch('--deepen=4');
    expect(await count(client, 'FETCH_HEAD')).toBe(7);
    await fetch('--unshallow');
    expect(await count(client, 'FETCH_HEAD')).toBe(COMMITS);
    await fixture.git(client, ['fsck', '--full']);
  });

  it.each([0, 1, 2])('that git refuses on its standard error alone tells why, version %i', async (version) => {
    const client = await fixture.makeClient('history');
    for (const [args, reason] of [
      [['--shallow-exclude=nowhere'], /fatal: remote error: .*deepen-not.* nowhere/],
      [['--depth=1', '--shallow-since=2020-01-01'], /fatal: remote error: deepen and deepen-since .* cannot be used/],
    ] as const) {
      const command = ['-c', `protocol.version=${version}`, 'fetch', ...args, 'origin', 'main'];
      const { status, stderr } = await fixture.git(client, command, { mayFail: true });
      expect([status, stderr]).toEqual([128, expect.stringMatching(reason)]);
    }
  });

  it('cuts history at a time and at a reference', async () => {
    const client = await fixture.makeClient('history');
    await fixture.git(source, ['push', '-q', 'origin', 'main~10:refs/heads/cut']);
    await fixture.git(client, ['fetch', '-q', '--shallow-exclude=cut', 'origin', 'main']);
    expect(await count(client, 'FETCH_HEAD')).toBe(10);
    // Moved: the same request must not get the same answer.
    await fixture.git(source, ['push', '-q', 'origin', 'main~5:refs/heads/cut']);
    const other = await fixture.makeClient('history');
    await fixture.git(other, ['fetch', '-q', '--shallow-exclude=cut', 'origin', 'main']);
    expect(await count(other, 'FETCH_HEAD')).toBe(5);
    const since = await fixture.makeClient('history');
    await fixture.git(since, ['fetch', '-q', '--shallow-since=2020-01-01', 'origin', 'main']);
    expect(await count(since, 'FETCH_HEAD')).toBe(COMMITS);
  });

  it('leaves blobs out and brings them when they are needed', async () => {
    const target = `${fixture.folder}/partial`;
    await fixture.git(fixture.folder, [
      'clone',
      '-q',
      '--no-checkout',
      '--filter=blob:none',
      `${fixture.url}history`,
      target,
    ]);
    const missing = async () =>
      (await fixture.git(target, ['rev-list', '--objects', '--missing=print', 'main'])).stdout
        .split('\n')
        .filter((line) => line.startsWith('?')).length;
    expect(await missing()).toBe(2 * COMMITS);
    await fixture.git(target, ['checkout', '-q', 'main']);
    expect(await missing()).toBe(COMMITS - 1);
  });

  it('brings an object by its id, also one that no reference reaches any more', async () => {
    const lost = await fixture.commit(source, { lost: 'lost' });
    await fixture.git(source, ['push', '-q', 'origin', 'main:refs/heads/lost']);
    await fixture.git(source, ['push', '-q', 'origin', ':refs/heads/lost']);
    await fixture.git(source, ['reset', '-q', '--hard', 'HEAD~1']);
    for (const version of [0, 2]) {
      const client = await fixture.makeClient('history');
      await fixture.git(client, ['-c', `protocol.version=${version}`, 'fetch', '-q', 'origin', lost]);
      expect(await count(client, lost)).toBe(COMMITS + 1);
    }
  });

  it('negotiates over many rounds, with packed requests', async () => {
    const client = await fixture.makeClient('history');
    await fixture.git(client, ['fetch', '-q', 'origin', 'main~0:refs/heads/base'], { mayFail: true });
    await fixture.git(client, ['fetch', '-q', 'origin', 'main']);
    await fixture.git(client, ['checkout', '-q', '-B', 'own', 'FETCH_HEAD~30']);
    for (let index = 0; index < 300; index++) {
      await fixture.git(client, ['commit', '-q', '--allow-empty', '-m', `${index}`]);
    }
    const next = await fixture.commit(source, { next: 'next' });
    await fixture.git(source, ['push', '-q', 'origin', 'main']);
    const fetched = await fixture.git(client, ['fetch', 'origin', 'main'], { env: { GIT_TRACE_CURL: '1' } });
    expect(fetched.stderr.toLowerCase()).toContain('content-encoding: gzip');
    expect((await fixture.git(client, ['rev-parse', 'FETCH_HEAD'])).stdout.trim()).toBe(next);
  });

  it('shares one run between identical requests, and answers later ones without a run', async () => {
    const tip = (await fixture.git(source, ['rev-parse', 'main'])).stdout.trim();
    const body = Buffer.concat([
      packet('command=fetch'),
      packet('object-format=sha1'),
      Buffer.from('0001'),
      packet('no-progress'),
      packet(`want ${tip}\n`),
      packet('done\n'),
      FLUSH,
    ]);
    const ask = async (content: Buffer, headers: Record<string, string> = {}) => {
      const response = await fetch(`${fixture.url}history/git-upload-pack`, {
        method: 'POST',
        headers: {
          'Git-Protocol': 'version=2',
          'Content-Type': 'application/x-git-upload-pack-request',
          ...headers,
        },
        body: content,
      });
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(body)));
    // Packs differ from run to run of git, but not within one.
    for (const answer of answers) expect(answer.equals(answers[0] ?? Buffer.alloc(0))).toBe(true);
    expect((await ask(gzipSync(body), { 'Content-Encoding': 'gzip' })).equals(answers[0] ?? Buffer.alloc(0))).toBe(
      true,
    );
    await fixture.repositories.forget('nobody');
    expect((await ask(body)).equals(answers[0] ?? Buffer.alloc(0))).toBe(true);
  });

  it('tells the client what is wrong with a request', async () => {
    const client = await fixture.makeClient('history');
    const unknown = await fixture.git(client, ['fetch', 'origin', 'b'.repeat(40)], { mayFail: true });
    expect(unknown.status).not.toBe(0);
    expect(unknown.stderr).toMatch(/not our ref|upload-pack/);
  });
});
