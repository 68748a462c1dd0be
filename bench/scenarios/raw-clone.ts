import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneRequest, type GitRequest } from '../git-requests.ts';
import { compare, type Median, type Row, timedOn } from '../measurement.ts';
import { CODEKEEP, OTHER_SERVERS, type Peer } from '../peers/peer.ts';
import {
  discardAnswer,
  openConnection,
  type RawConnection,
  type RawRequest,
  rawHttpRequest,
  rawUploadPackRequest,
} from '../raw-exchange.ts';
import type { Bench, BenchRepository, RepositoryScenario } from './scenario.ts';

const PARALLEL = 20;
/** A whole answer may be so many times smaller than the history's own pack, by better deltas; a refusal is far smaller. */
const SMALLEST_PART = 8;
const STATIC_FILE = 'nginx, static file';

/**
 * What the servers alone can do: a clone's `fetch` request, its answer read and thrown away. Where nothing is to be cached,
 * each measurement asks for what has not been asked before, all of its clients for the same.
 */
export const rawClone: RepositoryScenario = async (bench, repository) => {
  const { servers, repetitions } = bench;
  const objectIds = await tipsOf(bench, repository);
  const least = await packBytes(bench, repository);
  const ask = (peer: Peer, request: GitRequest, clients: number): Promise<Median> =>
    timedTogether(peer, rawUploadPackRequest(peer, request), clients, least / SMALLEST_PART);
  const distinct = (clients: number) => (peer: Peer) =>
    ask(peer, cloneRequest(peer, repository.urlOf(peer), objectIds, { distinct: true }), clients);
  const repeated = (clients: number) => (peer: Peer) =>
    ask(peer, cloneRequest(peer, repository.urlOf(peer), objectIds, { distinct: false }), clients);

  const one = await compare(servers, repetitions, distinct(1));
  const many = await compare(servers, repetitions, distinct(PARALLEL));
  for (const peer of servers) await repeated(1)(peer);
  const warm = await compare(servers, repetitions, repeated(PARALLEL));
  const common = { repository: repository.label, unit: 's', repetitions } as const;
  const wallAndProcessor = (wall: number) =>
    [
      { of: 'value', limit: wall, against: OTHER_SERVERS },
      { of: 'processor', limit: 0.2, against: OTHER_SERVERS },
    ] as const;
  return [
    {
      ...common,
      scenario: 'raw clone, one, nothing cached',
      medians: one,
      targets: [{ of: 'value', limit: 1.05, against: OTHER_SERVERS }],
    },
    {
      ...common,
      scenario: `raw clone, ${PARALLEL} at once, nothing cached`,
      medians: many,
      targets: wallAndProcessor(0.25),
    },
    { ...common, scenario: `raw clone again, ${PARALLEL} at once`, medians: warm, targets: wallAndProcessor(0.2) },
    await besideStaticFile(bench, repository, objectIds),
  ];
};

/**
 * Times clients that ask at once, each on a connection that it has made before: `git daemon` lets five wait to be accepted,
 * and of twenty that connect to it while it works some are reset.
 */
async function timedTogether(peer: Peer, request: RawRequest, clients: number, leastBytes: number): Promise<Median> {
  const connections: RawConnection[] = [];
  while (connections.length < clients) connections.push(await openConnection(request));
  return timedOn(peer, () => Promise.all(connections.map((connection) => connection.discardAnswer(leastBytes))));
}

/** How fast the same bytes leave as nginx's static file: what the kernel lets any server send. */
async function besideStaticFile(
  { codekeep, httpBackend, repetitions, scratch }: Bench,
  repository: BenchRepository,
  objectIds: readonly string[],
): Promise<Row> {
  const request = cloneRequest(codekeep, repository.urlOf(codekeep), objectIds, { distinct: false });
  const answer = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    body: new Uint8Array(request.body ?? []),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const file = join(scratch, 'answer');
  await writeFile(file, bytes);
  const url = await httpBackend.serveFile(`${repository.name}.bin`, file);
  const asked = [
    { name: CODEKEEP, rawRequest: rawHttpRequest(request) },
    { name: STATIC_FILE, rawRequest: rawHttpRequest({ url, method: 'GET', headers: {} }) },
  ];
  const medians = await compare(asked, repetitions, async ({ rawRequest }) => {
    const { value } = await timedTogether(codekeep, rawRequest, PARALLEL, bytes.length);
    return { value: (PARALLEL * bytes.length) / 1e6 / value };
  });
  return {
    scenario: `rate of that`,
    repository: repository.label,
    unit: 'MB/s',
    repetitions,
    medians,
    targets: [{ of: 'value', limit: 0.5, against: [STATIC_FILE] }],
  };
}

/** Whether compaction has made the answer to a clone ready: the first `git clone`'s own request, asked by nobody before. */
export const afterCompaction: RepositoryScenario = async (bench, repository) => {
  const { codekeep, repetitions } = bench;
  const objectIds = await tipsOf(bench, repository);
  const least = await packBytes(bench, repository);
  const samples: Record<'first' | 'again', Median[]> = { first: [], again: [] };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const name = `${repository.name}-compacted-${repetition}`;
    const url = await codekeep.importRepository(name, repository.source);
    const request = cloneRequest(codekeep, url, objectIds, { distinct: false });
    for (const found of [samples.first, samples.again]) {
      found.push(await timedOn(codekeep, () => discardAnswer(rawHttpRequest(request), least / SMALLEST_PART)));
    }
    await codekeep.deleteRepository(name);
  }
  const medians = await compare(
    [
      { name: CODEKEEP, found: samples.first },
      { name: AGAIN, found: samples.again },
    ],
    repetitions,
    async ({ found }, repetition) => found[repetition] ?? { value: Number.NaN },
  );
  return [
    {
      scenario: 'raw clone, the first after a compaction',
      repository: repository.label,
      unit: 's',
      repetitions,
      medians,
      targets: [{ of: 'value', limit: WARM, against: [AGAIN] }],
    },
  ];
};

const AGAIN = 'the second';
/** Small times vary; an answer that is not ready takes several times as long. */
const WARM = 2;

async function tipsOf({ codekeep }: Bench, { source }: BenchRepository): Promise<string[]> {
  const listed = await codekeep.git.output(['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/tags'], {
    cwd: source,
  });
  return [...new Set(listed.split('\n'))];
}

async function packBytes({ codekeep }: Bench, { source }: BenchRepository): Promise<number> {
  const counted = await codekeep.git.output(['count-objects', '-v'], { cwd: source });
  return Number(/^size-pack: (\d+)$/m.exec(counted)?.[1]) * 1_024;
}
