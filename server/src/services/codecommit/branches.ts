import {
  BranchDoesNotExistException$,
  BranchNameExistsException$,
  CommitDoesNotExistException$,
  CreateBranch$,
  CreateBranchCommand,
  DefaultBranchCannotBeDeletedException$,
  DeleteBranch$,
  DeleteBranchCommand,
  GetBranch$,
  GetBranchCommand,
  InvalidBranchNameException$,
  ListBranches$,
  ListBranchesCommand,
  UpdateDefaultBranch$,
  UpdateDefaultBranchCommand,
} from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import { BRANCH_PREFIX, branchNameProblem } from '../../repositories/reference-names.ts';
import { raiseGeneration } from '../../repositories/reference-store.ts';
import type { ReferenceSnapshot, RepositoryHandle } from '../../repositories/repositories.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Call, Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { continuationToken, positionOf } from './pagination.ts';
import { onRepositoryData, openDataKey } from './repository-encryption.ts';
import { existingRepository, type RepositoryTarget, referenceContext, repositoryTarget } from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

/** AWS takes no maxResults and publishes no number. */
const BRANCHES_PER_PAGE = 1000;

const branchPosition = z.tuple([z.string().startsWith(BRANCH_PREFIX)]);

const createBranch = operation(CreateBranch$, CreateBranchCommand, {
  target: (services, call, input) => changedBranchTarget(services, call, input),
  handle: async (services, call, { branchName, commitId }, target) => {
    const repository = existingRepository(target);
    const handle = await openDataKey(services, call, repository);
    const name = BRANCH_PREFIX + branchName;
    const newObjectId = commitId.toLowerCase();
    await onRepositoryData(repository, async () => {
      const { repositories } = services;
      const references = await repositories.references(handle.repositoryId, repository);
      if (references.get(name) !== undefined) throw branchExists(branchName);
      if ((await repositories.objectType(handle, newObjectId)) !== 'commit') throw commitDoesNotExist(commitId);
      const update = { name, oldObjectId: null, newObjectId };
      const [result] = await repositories.updateReferences(handle, [update], { atomic: true });
      // The name was taken meanwhile, or a branch stands where this one needs a folder: a beside a/b.
      if (result?.ok !== true) throw branchExists(branchName, result?.reason);
    });
    return {};
  },
});

const getBranch = operation(GetBranch$, GetBranchCommand, {
  // The model requires neither member, yet has an exception for the absence of each: validation raises them.
  target: (services, call, { repositoryName = '', branchName = '' }) =>
    namedBranchTarget(services, call, { repositoryName, branchName }),
  handle: async (services, call, { branchName = '' }, target) => {
    const repository = existingRepository(target);
    const { references } = await readBranches(services, call, repository);
    const reference = references.get(BRANCH_PREFIX + branchName);
    if (reference === undefined) throw branchDoesNotExist(branchName);
    return { branch: { branchName, commitId: reference.objectId } };
  },
});

const listBranches = operation(ListBranches$, ListBranchesCommand, {
  target: (services, call, { repositoryName }) => repositoryTarget(services, call, repositoryName),
  handle: async (services, call, { nextToken }, target) => {
    const repository = existingRepository(target);
    const listing = ['ListBranches', repository.repository_id];
    const [after = BRANCH_PREFIX] = positionOf(listing, branchPosition, nextToken) ?? [];
    const { references } = await readBranches(services, call, repository);
    const names = references
      .after(after, BRANCHES_PER_PAGE + 1)
      .map(({ name }) => name)
      .filter((name) => name.startsWith(BRANCH_PREFIX));
    const page = names.slice(0, BRANCHES_PER_PAGE);
    const last = page.at(-1);
    return {
      branches: page.map((name) => name.slice(BRANCH_PREFIX.length)),
      ...(names.length > page.length && last !== undefined && { nextToken: continuationToken(listing, [last]) }),
    };
  },
});

const updateDefaultBranch = operation(UpdateDefaultBranch$, UpdateDefaultBranchCommand, {
  target: (services, call, { repositoryName, defaultBranchName: branchName }) =>
    namedBranchTarget(services, call, { repositoryName, branchName }),
  handle: async (services, call, { defaultBranchName }, target) => {
    const repository = existingRepository(target);
    const { references } = await readBranches(services, call, repository);
    if (references.get(BRANCH_PREFIX + defaultBranchName) === undefined) throw branchDoesNotExist(defaultBranchName);
    if (references.defaultBranch === defaultBranchName) return {};
    await onRepositoryData(repository, () => setDefaultBranch(services, repository.repository_id, defaultBranchName));
    return {};
  },
});

const deleteBranch = operation(DeleteBranch$, DeleteBranchCommand, {
  target: (services, call, input) => changedBranchTarget(services, call, input),
  handle: async (services, call, { branchName }, target) => {
    const repository = existingRepository(target);
    const handle = await openDataKey(services, call, repository);
    const commitId = await onRepositoryData(repository, () => deleteReference(services, handle, branchName));
    return commitId === undefined ? {} : { deletedBranch: { branchName, commitId } };
  },
});

export const branchOperations: readonly Operation<CodecommitServices>[] = [
  createBranch,
  getBranch,
  listBranches,
  updateDefaultBranch,
  deleteBranch,
];

interface NamedBranch {
  readonly repositoryName: string;
  readonly branchName: string;
}

function namedBranchTarget(
  services: CodecommitServices,
  call: Call,
  { repositoryName, branchName }: NamedBranch,
): Promise<RepositoryTarget> {
  refuseBranchName(branchName);
  return repositoryTarget(services, call, repositoryName);
}

/** For operations that codecommit:References can limit. */
export function changedBranchTarget(
  services: CodecommitServices,
  call: Call,
  { repositoryName, branchName }: NamedBranch,
): Promise<RepositoryTarget> {
  refuseBranchName(branchName);
  return repositoryTarget(services, call, repositoryName, referenceContext(BRANCH_PREFIX + branchName));
}

function refuseBranchName(branchName: string): void {
  const problem = branchNameProblem(branchName);
  if (problem === undefined) return;
  throw new ServiceError(InvalidBranchNameException$, `The specified reference name is not valid: ${problem}.`);
}

/** The references of a repository, once its key allows. */
async function readBranches(
  services: CodecommitServices,
  call: Call,
  repository: RepositoryRow,
): Promise<{ references: ReferenceSnapshot }> {
  const { repositoryId } = await openDataKey(services, call, repository);
  return onRepositoryData(repository, async () => ({
    references: await services.repositories.references(repositoryId, repository),
  }));
}

async function setDefaultBranch(
  { database }: CodecommitServices,
  repositoryId: string,
  branchName: string,
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    // Holds the repository, so that the branch cannot be deleted between the look and the change.
    await raiseGeneration(transaction, repositoryId);
    const branch = await transaction
      .selectFrom('repository_references')
      .select('reference_name')
      .where('repository_id', '=', repositoryId)
      .where('reference_name', '=', BRANCH_PREFIX + branchName)
      .executeTakeFirst();
    if (branch === undefined) throw branchDoesNotExist(branchName);
    await transaction
      .updateTable('repositories')
      .set({ default_branch: branchName })
      .where('repository_id', '=', repositoryId)
      .execute();
  });
}

/** @returns where the branch was; undefined when there was none */
async function deleteReference(
  { repositories }: CodecommitServices,
  handle: RepositoryHandle,
  branchName: string,
): Promise<string | undefined> {
  const { result, objectId } = await repositories.deleteReference(handle, BRANCH_PREFIX + branchName);
  // The only refusal of a deletion that does not say where the reference must be.
  if (!result.ok) throw defaultBranchCannotBeDeleted();
  return objectId;
}

function branchExists(branchName: string, reason?: string): ServiceError {
  return new ServiceError(
    BranchNameExistsException$,
    reason === undefined ? `Branch ${branchName} already exists` : `Branch ${branchName} cannot be created: ${reason}`,
  );
}

function branchDoesNotExist(branchName: string): ServiceError {
  return new ServiceError(BranchDoesNotExistException$, `Branch ${branchName} does not exist`);
}

function commitDoesNotExist(commitId: string): ServiceError {
  return new ServiceError(CommitDoesNotExistException$, `Commit ${commitId} does not exist`);
}

function defaultBranchCannotBeDeleted(): ServiceError {
  return new ServiceError(
    DefaultBranchCannotBeDeletedException$,
    'The specified branch is the default branch for the repository, and cannot be deleted. To delete this branch, you must first set another branch as the default branch.',
  );
}
