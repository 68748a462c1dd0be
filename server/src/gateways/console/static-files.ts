import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

/** A file of the built console, in the codings that its build made. */
interface StaticFile {
  readonly contentType: string;
  readonly identity: Buffer;
  readonly codings: ReadonlyMap<string, Buffer>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
};
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
/** Where the build puts files whose names tell their content, so that they never change. */
const HASHED = 'assets/';
const NOT_BUILT = 'The console is not built. Start Codekeep by npm start, or build it: npm run build\n';

const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * The console's pages below `/console`: its files, and its one page for every other path, which is the page's own to
 * read. Read once, so that a build beside a running server mixes no versions.
 *
 * @param folder where the console's build is
 */
export function staticFiles(folder: string): FastifyPluginAsync {
  return async (scope) => {
    const files = await readFiles(folder);
    const page = files.get('index.html');
    scope.get('/console', (request, reply) => send(request, reply, page, 'no-cache'));
    scope.get('/console/*', (request, reply) => {
      const name = request.url.slice('/console/'.length).split('?', 1)[0] ?? '';
      if (!name.startsWith(HASHED)) return send(request, reply, files.get(name) ?? page, 'no-cache');
      const file = files.get(name);
      if (file === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('Not found\n');
      return send(request, reply, file, 'public, max-age=31536000, immutable');
    });
  };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  if (!existsSync(folder)) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const served = paths.filter((path) => extname(path) in CONTENT_TYPES);
  const files = new Map<string, StaticFile>();
  // One after the other: all at once would need more file descriptors than some systems give.
  for (const path of served) files.set(relative(folder, path).split(sep).join('/'), await readStaticFile(path, paths));
  return files;
}

async function readStaticFile(path: string, paths: readonly string[]): Promise<StaticFile> {
  const codings = CODINGS.filter(([, suffix]) => paths.includes(path + suffix)).map(
    async ([coding, suffix]) => [coding, await readFile(path + suffix)] as const,
  );
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    identity: await readFile(path),
    codings: new Map(await Promise.all(codings)),
  };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  file: StaticFile | undefined,
  cacheControl: string,
): FastifyReply {
  reply.headers(SECURITY_HEADERS);
  if (file === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
  const accepted = acceptedCodings(request.headers['accept-encoding']);
  const coding = [...file.codings.keys()].find((each) => accepted.has(each));
  if (coding !== undefined) reply.header('content-encoding', coding);
  return reply
    .headers({ 'cache-control': cacheControl, vary: 'accept-encoding', 'content-type': file.contentType })
    .send((coding && file.codings.get(coding)) || file.identity);
}

function acceptedCodings(header: string | string[] | undefined): ReadonlySet<string> {
  const entries = String(header ?? '').split(',');
  const accepted = entries.filter((entry) => !/;\s*q=0(\.0*)?\s*$/.test(entry));
  return new Set(accepted.map((entry) => entry.split(';', 1)[0]?.trim().toLowerCase() ?? ''));
}
