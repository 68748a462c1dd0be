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
 * @throws RequestError `tooLarge`, `timeout`, or `malformed` where the sender broke off
 */
export function readBody(stream: Readable, wait = longestWait): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const end = (outcome: () => void) => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('close', onBreak).pause();
      outcome();
    };
    const fail = (error: RequestError) => end(() => reject(error));
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largestBody) chunks.push(chunk);
      else chunks = [];
      if (size > largestDiscarded) fail(tooLarge());
    };
    const onEnd = () => (size > largestBody ? fail(tooLarge()) : end(() => resolve(Buffer.concat(chunks, size))));
    const onBreak = () => fail(new RequestError('malformed', 'The request broke off.'));
    const timer = setTimeout(() => {
      fail(new RequestError('timeout', 'The body of the request did not arrive in time.'));
    }, wait);
    // That of 'error' stays: what breaks after the refusal is nobody's failure.
    stream.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

function tooLarge(): RequestError {
  return new RequestError('tooLarge', `The request is larger than the ${largestBody} bytes allowed.`);
}
