import { z } from 'zod';

/** Requests of the Git LFS API: https://github.com/git-lfs/git-lfs/tree/main/docs/api */

const OBJECTS_PER_BATCH = 1_000;
export const LOCKS_PER_PAGE = 100;
/** As Git for Windows and most servers have it. */
const PATH_BYTES = 4_096;
/** 5 GiB: what object storage takes in one piece. */
export const OBJECT_BYTES = 5 * 1024 ** 3;

const OBJECT_ID = /^[0-9a-f]{64}$/;

const object = z.object({ oid: z.string().regex(OBJECT_ID, 'is no SHA-256'), size: z.number().int().nonnegative() });
const reference = z.object({ name: z.string().max(1_024) });
const path = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= PATH_BYTES, `is longer than ${PATH_BYTES} bytes`)
  // PostgreSQL takes no other text.
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'holds a character that no path has');
const limit = z.coerce.number().int().positive().max(LOCKS_PER_PAGE).catch(LOCKS_PER_PAGE);
const identifier = z.string().regex(/^[0-9a-f-]{36}$/);

export const batchRequest = z.object({
  operation: z.enum(['download', 'upload']),
  transfers: z.array(z.string()).optional(),
  objects: z.array(z.object({ oid: z.string().max(200), size: z.number() })).max(OBJECTS_PER_BATCH, {
    error: `more than ${OBJECTS_PER_BATCH} objects`,
  }),
  hash_algo: z.literal('sha256', { error: 'only sha256 is supported' }).optional(),
});
export const verifyRequest = object;
export const lockRequest = z.object({ path, ref: reference.optional() });
export const lockListRequest = z.object({
  path: path.optional(),
  id: identifier.optional(),
  cursor: identifier.optional(),
  limit: limit.optional(),
  refspec: z.string().max(1_024).optional(),
});
export const lockVerifyRequest = z.object({
  cursor: identifier.optional(),
  limit: limit.optional(),
  ref: reference.optional(),
});
export const unlockRequest = z.object({ force: z.boolean().optional() });

/** Why an object of a batch is not one; undefined when it is. */
export function objectProblem(candidate: { readonly oid: string; readonly size: number }): string | undefined {
  const parsed = object.safeParse(candidate);
  if (!parsed.success) return 'The object ID must be a SHA-256 in lower case, the size a whole number of bytes';
  return candidate.size > OBJECT_BYTES ? `The object is larger than ${OBJECT_BYTES} bytes` : undefined;
}
