import type { Readable } from 'node:stream';
import { RequestError } from './request-error.ts';

/** 12 MB: CodeCommit's 7 MB of file content in one request, in base64, with room for the rest of it. */
const largestBody = 12_582_912;
/** A sender that is told too early that its body is too large sees a broken pipe instead of the answer. */
const largestDiscarded = 64 * 1024 * 1024;
/** For the whole body, in milliseconds: 12 MB at 100 kB/s. */
const longestWait = 120_000;

/**
 * The whole body, at most 12 MB; what goes beyond is read and dropped, up to 64 MB, before the refusal.
 *
 * @param wait how long the body may take, in milliseconds
 * @throws RequestError `tooLarge` or `timeout`
 */
export async function readBody(stream: Readable, wait = longestWait): Promise<Buffer> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new RequestError('timeout', 'The body of the request did not arrive in time.'));
  }, wait);
  try {
    return await Promise.race([collect(stream), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(stream: Readable): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
    else chunks = [];
    if (size > largestDiscarded) break;
  }
  if (size > largestBody) {
    throw new RequestError('tooLarge', `The request is larger than the ${largestBody} bytes allowed.`);
  }
  return Buffer.concat(chunks, size);
}
