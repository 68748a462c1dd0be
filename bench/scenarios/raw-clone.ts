import { request } from 'node:http';
import { cloneRequest, type GitRequest } from '../git-requests.ts';
import { compare, type Row, timed } from '../measurement.ts';
import type { RepositoryScenario } from './scenario.ts';

const PARALLEL = 20;

/**
 * What the server alone can do: a clone's `fetch` request, its answer counted and thrown away. `distinct` requests
 * cannot be answered from a cache of answers; `repeated` ones can.
 */
export const rawClone: RepositoryScenario = async ({ peers, repetitions }, repository) => {
  const servers = peers.filter((peer) => peer.speaksHttp);
  const [anyPeer] = peers;
  if (anyPeer === undefined) return [];
  const listed = await anyPeer.git.output(['for-each-ref', '--format=%(objectname)'], { cwd: repository.source });
  const objectIds = [...new Set(listed.split('\n'))];
  const least = await packBytes(anyPeer.git.output(['count-objects', '-v'], { cwd: repository.source }));

  const rows: Row[] = [];
  for (const [requests, distinct, parallel] of [
    ['distinct', true, 1],
    ['repeated', false, 1],
    [`${PARALLEL} in parallel, distinct`, true, PARALLEL],
    [`${PARALLEL} in parallel, repeated`, false, PARALLEL],
  ] as const) {
    const medians = await compare(servers, repetitions, (peer) => {
      const sent = Array.from({ length: parallel }, () =>
        cloneRequest(peer, repository.urlOf(peer), objectIds, { distinct }),
      );
      return timed(() => Promise.all(sent.map((one) => discardAnswer(one, least / 2))));
    });
    rows.push({
      scenario: `raw clone request, ${requests}`,
      repository: repository.label,
      unit: 's',
      repetitions,
      medians,
    });
  }
  return rows;
};

async function packBytes(counted: Promise<string>): Promise<number> {
  return Number(/^size-pack: (\d+)$/m.exec(await counted)?.[1]) * 1_024;
}

/** @throws Error when the answer is not a whole pack: a quick refusal must not count as a quick clone */
async function discardAnswer({ url, method, headers, body }: GitRequest, leastBytes: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'Content-Length': body?.length ?? 0 } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200 && bytes >= leastBytes) resolve();
        else reject(new Error(`${url} answered ${answer.statusCode} with ${bytes} bytes`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
