import type { z } from 'zod';
import { MalformedQueryStringError, parseQueryString } from '../../../access/authentication/query-string.ts';
import { LfsError } from './lfs-error.ts';

const BODY_BYTES = 1024 * 1024;

/** @throws LfsError with status 422 */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new LfsError(422, `${issue?.path.join('.') || 'The request'}: ${issue?.message ?? 'is not valid'}`);
}

/** @throws LfsError with status 422 */
export function readQuery(query: string): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(parseQueryString(query));
  } catch (error) {
    throw error instanceof MalformedQueryStringError ? new LfsError(422, error.message) : error;
  }
}

/** @throws LfsError with status 413 or 422 */
export async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new LfsError(413, `The request is longer than ${BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw new LfsError(422, 'The request is no JSON');
  }
}
