import { CommitDoesNotExistException$, InvalidCommitException$ } from '@aws-sdk/client-codecommit';
import type { CommitObject } from '../../repositories/commit-object.ts';
import {
  BRANCH_PREFIX,
  branchNameProblem,
  referenceNameProblem,
  TAG_PREFIX,
} from '../../repositories/reference-names.ts';
import type { ReferenceSnapshot, RepositoryObjects } from '../../repositories/repositories.ts';
import { ServiceError } from '../service-error.ts';

const COMMIT_ID = /^[0-9a-fA-F]{40}$/;

export interface SpecifiedCommit {
  readonly commitId: string;
  readonly commit: CommitObject;
}

/**
 * The commit that a specifier names: a full commit ID, `HEAD`, a full reference name, a branch or a tag; of a branch and
 * a tag of one name the branch, as the API knows branches everywhere and tags only here. Without a specifier, the head of
 * the default branch.
 *
 * @throws InvalidCommit for what cannot name a commit, CommitDoesNotExist for what names none
 */
export async function specifiedCommit(objects: RepositoryObjects, specifier = 'HEAD'): Promise<SpecifiedCommit> {
  const commitId = COMMIT_ID.test(specifier) ? specifier.toLowerCase() : referredId(objects.references, specifier);
  const commit = commitId === undefined ? undefined : await objects.commit(commitId);
  if (commitId === undefined || commit === undefined) throw commitDoesNotExist(specifier);
  return { commitId, commit };
}

function referredId(references: ReferenceSnapshot, specifier: string): string | undefined {
  if (specifier === 'HEAD') {
    const { defaultBranch } = references;
    return defaultBranch === null ? undefined : references.get(BRANCH_PREFIX + defaultBranch)?.objectId;
  }
  const isFull = specifier.startsWith('refs/');
  const problem = isFull ? referenceNameProblem(specifier) : branchNameProblem(specifier);
  if (problem !== undefined) {
    throw new ServiceError(InvalidCommitException$, `The specified commit is not valid: ${problem}.`);
  }
  const names = isFull ? [specifier] : [BRANCH_PREFIX + specifier, TAG_PREFIX + specifier];
  const reference = names.map((name) => references.get(name)).find((found) => found !== undefined);
  return reference?.peeledId ?? reference?.objectId;
}

function commitDoesNotExist(specifier: string): ServiceError {
  return new ServiceError(
    CommitDoesNotExistException$,
    specifier === 'HEAD'
      ? 'No commit was specified, and the specified repository has no default branch.'
      : `Commit ${specifier} does not exist`,
  );
}
