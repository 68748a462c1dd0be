import { Buffer } from 'node:buffer';
import { rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { minimalEnvironment, requireClient } from '../server/test/harness/clients.ts';
import { outputOf } from '../server/test/harness/processes.ts';
import type { GitRequest } from './git-requests.ts';
import { discardAnswer, rawDaemonRequest } from './raw-exchange.ts';

const CONNECTIONS = 8;
const SECONDS = 3;

/**
 * Sends one request over and over, or several in turn, on a few kept connections.
 *
 * @param asked all of one server
 * @param scratch folder for wrk's script
 * @param seconds whole ones
 * @returns answers a second
 * @throws Error when any answer is not a success
 */
export async function requestsPerSecond(
  asked: GitRequest | readonly GitRequest[],
  scratch: string,
  seconds = SECONDS,
): Promise<number> {
  const wrk = await requireClient('wrk');
  const requests = [asked].flat();
  return wrk.available ? measureWithWrk(wrk.path, requests, scratch, seconds) : measureWithNode(requests, seconds);
}

/** The same of `git daemon`, which takes one request a connection. */
export async function daemonRequestsPerSecond(request: GitRequest, version: 0 | 2): Promise<number> {
  const asked = rawDaemonRequest(request, version);
  return repeatedly(async () => void (await discardAnswer(asked, 1)), SECONDS);
}

async function measureWithWrk(
  wrk: string,
  requests: readonly GitRequest[],
  scratch: string,
  seconds: number,
): Promise<number> {
  const script = join(scratch, 'request.lua');
  // In a file of our own, because a process list shows arguments and the headers hold a password.
  await writeFile(script, luaScript(requests), { mode: 0o600 });
  try {
    const url = requests[0]?.url ?? '';
    const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '60s', '-s', script, url];
    const report = await outputOf(wrk, args, { env: minimalEnvironment() });
    const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(report)?.[1];
    if (rate === undefined || /Non-2xx|Socket errors/.test(report)) throw new Error(`wrk on ${url}:\n${report}`);
    return Number(rate);
  } finally {
    await rm(script);
  }
}

/** A literal of Lua, whose strings are bytes. */
function luaString(text: string | Buffer): string {
  const written = [...Buffer.from(text)].map((byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c
      ? `\\${String(byte).padStart(3, '0')}`
      : String.fromCharCode(byte),
  );
  return `"${written.join('')}"`;
}

function luaScript(requests: readonly GitRequest[]): string {
  const formatted = requests.map(({ url, method, headers, body }) => {
    const { pathname, search } = new URL(url);
    const fields = Object.entries(headers).map(([name, value]) => `[${luaString(name)}] = ${luaString(value)}`);
    const content = body === undefined ? 'nil' : luaString(body);
    const path = luaString(pathname + search);
    return `  requests[#requests + 1] = wrk.format(${luaString(method)}, ${path}, {${fields.join(', ')}}, ${content})`;
  });
  return `local requests, last = {}, 0
function init()
${formatted.join('\n')}
end
function request()
  last = last % #requests + 1
  return requests[last]
end
`;
}

async function measureWithNode(requests: readonly GitRequest[], seconds: number): Promise<number> {
  let sent = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return await repeatedly(() => answerTo(requests[sent++ % requests.length] as GitRequest, agent), seconds);
  } finally {
    agent.destroy();
  }
}

async function repeatedly(ask: () => Promise<void>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let answers = 0;
  const repeat = async () => {
    while (performance.now() < end) {
      await ask();
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, repeat));
  return answers / seconds;
}

async function answerTo({ url, method, headers, body }: GitRequest, agent: Agent): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      url,
      { agent, method, headers: { ...headers, 'Content-Length': body?.length ?? 0 } },
      (answer) => {
        answer.on('error', reject);
        answer.on('end', resolve);
        answer.resume();
        if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
