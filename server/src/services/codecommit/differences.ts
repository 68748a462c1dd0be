import {
  type BlobMetadata,
  type Difference,
  GetDifferences$,
  GetDifferencesCommand,
  InvalidPathException$,
  PathDoesNotExistException$,
} from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import type { RepositoryObjects } from '../../repositories/repositories.ts';
import { type TreeDifference, treeDifferences } from '../../repositories/tree-differences.ts';
import { canonicalMode, kindOf, pathOfBytes, type TreeEntry } from '../../repositories/tree-object.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { specifiedCommit } from './commit-specifiers.ts';
import { folderPath } from './file-paths.ts';
import { continuationToken, digestOf, pageSize, positionOf } from './pagination.ts';
import { readRepository } from './repository-reading.ts';
import { accessedTarget, existingRepository } from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

/** AWS publishes no number. */
const DIFFERENCES_PER_PAGE = 1000;
/** The commits that the pages compare, wherever references go meanwhile; then the bytes of the last path, in base64. */
const differencePosition = z.tuple([z.string(), z.string(), z.base64()]);

const getDifferences = operation(GetDifferences$, GetDifferencesCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, input, target) => {
    const { repository_id: repositoryId } = existingRepository(target);
    const size = pageSize(input.MaxResults, { standard: DIFFERENCES_PER_PAGE, most: DIFFERENCES_PER_PAGE });
    return readRepository(
      services,
      call,
      target,
      async ({ objects }) => {
        const { beforeCommitSpecifier, afterCommitSpecifier, beforePath, afterPath } = input;
        const asked = digestOf(beforeCommitSpecifier, afterCommitSpecifier, beforePath, afterPath);
        const listing = ['GetDifferences', repositoryId, asked];
        const position = positionOf(listing, differencePosition, input.NextToken);
        const [beforeCommitId, afterCommitId] = position ?? (await comparedCommits(objects, input));
        const { before, after } = await comparedSides(objects, beforeCommitId, afterCommitId, input);
        const start = position && Buffer.from(position[2], 'base64').toString('latin1');
        const found: TreeDifference[] = [];
        for await (const difference of compared(objects, before, after, start)) {
          found.push(difference);
          if (found.length > size) break;
        }
        const page = found.slice(0, size);
        const last = page.at(-1);
        const differences = page.map((difference) => described(difference, before.path, after.path));
        if (found.length <= size || last === undefined) return { differences };
        const lastPath = Buffer.from(last.path, 'latin1').toString('base64');
        return { differences, NextToken: continuationToken(listing, [beforeCommitId, afterCommitId, lastPath]) };
      },
      { tooLarge: InvalidPathException$, tooMuch: InvalidPathException$ },
    );
  },
});

export const differenceOperations: readonly Operation<CodecommitServices>[] = [getDifferences];

/** What is compared on one side: a folder or a file; `entry` is absent where there is nothing. */
interface Side {
  readonly path: string;
  readonly entry: TreeEntry | undefined;
}

interface ComparedInput {
  readonly beforeCommitSpecifier?: string | undefined;
  readonly afterCommitSpecifier: string;
  readonly beforePath?: string | undefined;
  readonly afterPath?: string | undefined;
}

async function comparedCommits(objects: RepositoryObjects, input: ComparedInput): Promise<[string, string]> {
  const { beforeCommitSpecifier, afterCommitSpecifier } = input;
  const after = await specifiedCommit(objects, afterCommitSpecifier);
  const before =
    beforeCommitSpecifier === undefined ? undefined : await specifiedCommit(objects, beforeCommitSpecifier);
  return [before?.commitId ?? '', after.commitId];
}

/** A path that is given for one side only is meant on both. */
async function comparedSides(
  objects: RepositoryObjects,
  beforeCommitId: string,
  afterCommitId: string,
  input: ComparedInput,
): Promise<{ before: Side; after: Side }> {
  const sideAt = async (commitId: string, path: string): Promise<Side> => {
    if (commitId === '') return { path, entry: undefined };
    const { commit } = await specifiedCommit(objects, commitId);
    return { path, entry: await objects.entryAt(commit.treeId, path) };
  };
  const before = await sideAt(beforeCommitId, folderPath(input.beforePath ?? input.afterPath ?? ''));
  const after = await sideAt(afterCommitId, folderPath(input.afterPath ?? input.beforePath ?? ''));
  if (before.entry === undefined && after.entry === undefined) throw pathDoesNotExist(after.path);
  return { before, after };
}

async function* compared(
  objects: RepositoryObjects,
  before: Side,
  after: Side,
  /** Absent: from the beginning. */
  start: string | undefined,
): AsyncGenerator<TreeDifference> {
  const [file, newFile] = [fileOf(before), fileOf(after)];
  if (start === undefined && (file !== undefined || newFile !== undefined)) {
    const isSame = file?.objectId === newFile?.objectId && file?.mode === newFile?.mode;
    if (!isSame) yield { path: '', ...(file && { before: file }), ...(newFile && { after: newFile }) };
  }
  yield* treeDifferences(objects, { before: folderIdOf(before), after: folderIdOf(after) }, start);
}

function fileOf({ entry }: Side): TreeEntry | undefined {
  return entry === undefined || kindOf(entry) === 'folder' ? undefined : entry;
}

function folderIdOf({ entry }: Side): string | undefined {
  return entry !== undefined && kindOf(entry) === 'folder' ? entry.objectId : undefined;
}

function described({ path, before, after }: TreeDifference, beforePath: string, afterPath: string): Difference {
  const blob = (entry: TreeEntry, file: string): BlobMetadata => ({
    blobId: entry.objectId,
    // Below the folder that is compared; a file that is compared by itself is under its own path.
    path: path === '' ? file : pathOfBytes(path),
    mode: canonicalMode(entry),
  });
  return {
    ...(before !== undefined && { beforeBlob: blob(before, beforePath) }),
    ...(after !== undefined && { afterBlob: blob(after, afterPath) }),
    changeType: before === undefined ? 'A' : after === undefined ? 'D' : 'M',
  };
}

function pathDoesNotExist(path: string): ServiceError {
  return new ServiceError(PathDoesNotExistException$, `Path ${path} does not exist`);
}
