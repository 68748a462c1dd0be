import { FileTooLargeException$, GetBlobDifferences$, GetBlobDifferencesCommand } from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import { addedLines, type Hunk, lineDifferences } from '../../repositories/line-differences.ts';
import type { RepositoryObjects } from '../../repositories/repositories.ts';
import { ServiceError } from '../service-error.ts';
import { blobDoesNotExist, FILE_BYTES } from './files.ts';
import { continuationToken, digestOf, pageSize, positionOf } from './pagination.ts';
import { readRepository } from './repository-reading.ts';
import { accessedTarget, existingRepository } from './repository-targets.ts';
import { operation } from './service.ts';

/** The default is the model's; AWS publishes no maximum. */
const PAGE_SIZES = { standard: 100, most: 1000 };
const CONTEXT_LINES = 3;
/** Where git looks for a NUL, in bytes, to tell binary files. */
const BINARY_PROBE_BYTES = 8000;
/** Of one file. */
const LINES_MAXIMUM = 500_000;
/** Of one answer, whatever the number of hunks. */
const LINES_PER_PAGE = 200_000;
const LINE_FEED = 0x0a;

/** How many hunks the pages have passed. */
const hunkPosition = z.tuple([z.int().positive()]);

export const getBlobDifferences = operation(GetBlobDifferences$, GetBlobDifferencesCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, input, target) => {
    const { repository_id: repositoryId } = existingRepository(target);
    const size = pageSize(input.MaxResults, PAGE_SIZES);
    const { contextLines = CONTEXT_LINES, ignoreWhitespace = false } = input;
    const [beforeBlobId, afterBlobId] = [input.beforeBlobId?.toLowerCase(), input.afterBlobId.toLowerCase()];
    const asked = digestOf(beforeBlobId, afterBlobId, String(contextLines), String(ignoreWhitespace));
    const listing = ['GetBlobDifferences', repositoryId, asked];
    const [skip = 0] = positionOf(listing, hunkPosition, input.NextToken) ?? [];
    return readRepository(services, call, target, async ({ objects }) => {
      const before = beforeBlobId === undefined ? undefined : await storedBlob(objects, beforeBlobId);
      const after = await storedBlob(objects, afterBlobId);
      const sizes = { beforeBlobSize: before?.length ?? 0, afterBlobSize: after.length };
      if (isBinary(after) || (before !== undefined && isBinary(before))) return { hunks: [], isBinary: true, ...sizes };
      refuseManyLines(after, before);
      const all =
        beforeBlobId === undefined
          ? addedLines(after.toString())
          : await lineDifferences(objects, beforeBlobId, afterBlobId, { contextLines, ignoreWhitespace });
      const hunks = pageOf(all.slice(skip, skip + size));
      const passed = skip + hunks.length;
      return {
        hunks: hunks.map(({ changes, ...numbers }) => ({ ...numbers, changes: [...changes] })),
        isBinary: false,
        ...sizes,
        ...(passed < all.length && { NextToken: continuationToken(listing, [passed]) }),
      };
    });
  },
});

async function storedBlob(objects: RepositoryObjects, blobId: string): Promise<Buffer> {
  const content = await objects.blob(blobId, FILE_BYTES);
  if (content === undefined) throw blobDoesNotExist(blobId);
  return content;
}

function isBinary(content: Buffer): boolean {
  return content.subarray(0, BINARY_PROBE_BYTES).includes(0);
}

function refuseManyLines(...contents: readonly (Buffer | undefined)[]): void {
  for (const content of contents) {
    let lines = 0;
    for (let at = content?.indexOf(LINE_FEED) ?? -1; at !== -1; at = content?.indexOf(LINE_FEED, at + 1) ?? -1) lines++;
    if (lines > LINES_MAXIMUM) throw tooLarge(`a file has more than ${LINES_MAXIMUM} lines`);
  }
}

/** As many hunks as an answer can bear. */
function pageOf(hunks: readonly Hunk[]): readonly Hunk[] {
  let lines = 0;
  const count = hunks.findIndex(({ changes }) => {
    lines += changes.length;
    return lines > LINES_PER_PAGE;
  });
  if (count === 0) throw tooLarge(`more than ${LINES_PER_PAGE} lines differ in one place`);
  return count === -1 ? hunks : hunks.slice(0, count);
}

function tooLarge(problem: string): ServiceError {
  return new ServiceError(FileTooLargeException$, `The specified file exceeds the file size limit: ${problem}.`);
}
