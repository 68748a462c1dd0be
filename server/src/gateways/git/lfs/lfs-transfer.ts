import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteRange, LfsContentError, type LfsObject, type LfsObjects } from '../../../repositories/lfs-objects.ts';
import type { RepositoryHandle } from '../../../repositories/repositories.ts';
import { readRequestBody } from '../request-body.ts';
import { sendResponseBody } from '../response-body.ts';
import { LfsError } from './lfs-error.ts';
import { batchRequest, OBJECT_BYTES, objectProblem, verifyRequest } from './lfs-messages.ts';
import { parsed } from './lfs-parsing.ts';

/** Batch API and basic transfers: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md */

const RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/;

interface TransferRequest {
  readonly objects: LfsObjects;
  readonly handle: RepositoryHandle;
}

/** How clients reach the transfers: the API's address, and the header that they must send, if any. */
export interface TransferAddress {
  readonly root: string;
  readonly authorization: string | undefined;
}

type BatchRequest = ReturnType<typeof readBatch>;

export function readBatch(body: unknown) {
  return parsed(batchRequest, body);
}

/** Which of the objects to transfer, and where. */
export async function batch({ objects, handle }: TransferRequest, request: BatchRequest, address: TransferAddress) {
  const valid = request.objects.filter((object) => objectProblem(object) === undefined).map(({ oid }) => oid);
  const stored = await objects.find(handle.repositoryId, valid);
  return {
    transfer: 'basic',
    objects: request.objects.map((object) => answered(object, stored.get(object.oid), request.operation, address)),
    hash_algo: 'sha256',
  };
}

function answered(
  { oid, size }: BatchRequest['objects'][number],
  stored: LfsObject | undefined,
  operation: BatchRequest['operation'],
  { root, authorization }: TransferAddress,
) {
  const problem = objectProblem({ oid, size });
  if (problem !== undefined) return { oid, size, error: { code: 422, message: problem } };
  const to = (path: string) => ({
    href: `${root}${path}`,
    ...(authorization !== undefined && { header: { Authorization: authorization } }),
  });
  if (operation === 'download') {
    return stored === undefined
      ? { oid, size, error: { code: 404, message: 'The object does not exist' } }
      : { oid, size: stored.size, actions: { download: to(`/objects/${oid}`) } };
  }
  // Without actions: the server has it already.
  return stored === undefined
    ? { oid, size, actions: { upload: to(`/objects/${oid}`), verify: to('/objects/verify') } }
    : { oid, size: stored.size };
}

/** Whether an object has arrived. */
export async function verify({ objects, handle }: TransferRequest, body: unknown): Promise<object> {
  const { oid, size } = parsed(verifyRequest, body);
  const stored = (await objects.find(handle.repositoryId, [oid])).get(oid);
  if (stored === undefined) throw new LfsError(404, 'The object does not exist');
  if (stored.size !== size) throw new LfsError(422, `The object has ${stored.size} bytes, not ${size}`);
  return {};
}

/**
 * Takes an object; its length is told ahead, as by every client of basic transfers.
 *
 * @param onStored of one that was not there; `size` in bytes
 */
export async function upload(
  { objects, handle }: TransferRequest,
  objectId: string,
  request: IncomingMessage,
  response: ServerResponse,
  onStored: (size: number) => Promise<void>,
): Promise<void> {
  const told = request.headers['content-length'];
  if (told === undefined) throw new LfsError(411, 'The length of the object must be told by Content-Length');
  const size = Number(told);
  if (size > OBJECT_BYTES) throw new LfsError(413, `The object is larger than ${OBJECT_BYTES} bytes`);
  const stored = (await objects.find(handle.repositoryId, [objectId])).has(objectId);
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The client closed the connection')));
  try {
    if (stored) await discard(readRequestBody(request));
    else await objects.store(handle, { objectId, size }, readRequestBody(request), gone.signal);
  } catch (error) {
    throw error instanceof LfsContentError ? new LfsError(422, error.message) : error;
  }
  if (!stored) await onStored(size);
  response.writeHead(200, { 'Content-Length': '0' });
  response.end();
}

/** @param onFound before anything of it is sent */
export async function download(
  { objects, handle }: TransferRequest,
  objectId: string,
  request: IncomingMessage,
  response: ServerResponse,
  onFound: () => void,
): Promise<void> {
  const stored = (await objects.find(handle.repositoryId, [objectId])).get(objectId);
  if (stored === undefined) throw new LfsError(404, 'The object does not exist');
  const { size } = stored;
  const range = rangeOf(request.headers.range, size);
  onFound();
  const { start, end } = range ?? { start: 0, end: size };
  const head = {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(end - start),
    'Accept-Ranges': 'bytes',
    ...(range !== undefined && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  };
  await sendResponseBody(
    response,
    head,
    objects.read(handle, objectId, { start, end }),
    range === undefined ? 200 : 206,
  );
}

/** Undefined: all of it. Lists of ranges and units other than bytes are not worth a refusal (RFC 9110, 14.2). */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = RANGE.exec(header ?? '') ?? [];
  if (first === undefined) return undefined;
  const start = Number(first);
  const end = last === undefined || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= size) throw new LfsError(416, `The object has ${size} bytes only`);
  return end <= start ? undefined : { start, end };
}

async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of body);
}
