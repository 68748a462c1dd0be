import { RepositoryDoesNotExistException$ } from '@aws-sdk/client-codecommit';
import { AccessCache } from '../../access/access-cache.ts';
import type { AuthorizedResource, ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { preparedQuery } from '../../storage/database/prepared-query.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { isRepositoryName, type RepositoryArn, repositoryArn } from './arns.ts';
import type { CodecommitServices } from './service.ts';

/** An operation on a repository, which may not exist: that is told after authorisation only. */
export interface RepositoryTarget extends Target {
  readonly resources: readonly [AuthorizedResource];
  readonly repositoryName: string;
  readonly repository: RepositoryRow | undefined;
}

/** What access decisions are made of, and reading begins with: without what each push changes. */
export type AccessedRepository = Omit<RepositoryRow, 'generation' | 'default_branch' | 'updated_at' | 'description'>;

/** A {@link RepositoryTarget} of whom the rest is not needed. */
export interface AccessedTarget extends Target {
  readonly resources: readonly [AuthorizedResource];
  readonly repositoryName: string;
  readonly repository: AccessedRepository | undefined;
}

/** The same repository as {@link repositoryTarget}, from memory while nothing of it has changed. */
export function accessedTarget(
  services: CodecommitServices,
  call: Call,
  repositoryName: string,
): Promise<AccessedTarget> {
  const { region, accountId } = scopeOf(call);
  return AccessCache.of(services.database).read(`repository ${region} ${accountId} ${repositoryName}`, () =>
    repositoryTarget(services, call, repositoryName),
  );
}

/** The repository of that name in the caller's account and the request's Region. */
export function repositoryTarget(
  services: CodecommitServices,
  call: Call,
  repositoryName: string,
  context: ConditionEntries = [],
): Promise<RepositoryTarget> {
  return arnTarget(services, call, { ...scopeOf(call), repositoryName }, context);
}

/** The repository of that ARN. One of another Region is not visible in this one. */
export async function arnTarget(
  services: CodecommitServices,
  call: Call,
  arn: RepositoryArn,
  context: ConditionEntries = [],
): Promise<RepositoryTarget> {
  const scope = scopeOf(call);
  const isVisible = arn.region === scope.region && arn.accountId === scope.accountId;
  // The path of a Git URL may hold anything, also what no database takes as text.
  const canExist = isVisible && isRepositoryName(arn.repositoryName);
  const { repositoryName } = arn;
  const [repository] = canExist ? await repositoriesOfName(services.database, { ...scope, repositoryName }) : [];
  return {
    resources: [repositoryResource(arn, repository)],
    context,
    repositoryName,
    repository,
  };
}

const repositoriesOfName = preparedQuery(
  ['accountId', 'region', 'repositoryName'],
  (database, { accountId, region, repositoryName }) =>
    database
      .selectFrom('repositories')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('repository_name', '=', repositoryName),
);

/** Those of the named repositories that exist in the caller's account and the request's Region, in no order. */
export async function findRepositories(
  { database }: CodecommitServices,
  call: Call,
  repositoryNames: readonly string[],
): Promise<RepositoryRow[]> {
  const { accountId, region } = scopeOf(call);
  return database
    .selectFrom('repositories')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('repository_name', 'in', repositoryNames)
    .execute();
}

/** A repository as policies see it; without tags while it does not exist. */
export function repositoryResource(arn: RepositoryArn, repository?: RepositoryRow): AuthorizedResource {
  return {
    arn: repositoryArn(arn),
    accountId: arn.accountId,
    ...(repository !== undefined && { tags: JSON.parse(repository.tags) as Tags }),
  };
}

/** codecommit:References of an action on one reference, full name. */
export function referenceContext(referenceName: string): ConditionEntries {
  return [['codecommit:References', referenceName]];
}

/** Where the repositories of a request are. */
export function scopeOf({ principal, environment }: Call): Omit<RepositoryArn, 'repositoryName'> {
  return { region: environment.region, accountId: principal.accountId };
}

/** @throws RepositoryDoesNotExist */
export function existingRepository<Row extends AccessedRepository>({
  repositoryName,
  repository,
}: {
  readonly repositoryName: string;
  readonly repository: Row | undefined;
}): Row {
  if (repository === undefined) throw repositoryDoesNotExist(repositoryName);
  return repository;
}

export function repositoryDoesNotExist(repositoryName: string): ServiceError {
  return new ServiceError(RepositoryDoesNotExistException$, `${repositoryName} does not exist`);
}
