import { AccessCache } from '../../access/access-cache.ts';
import { authorize } from '../../access/authorization.ts';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Call } from '../operation.ts';
import { openDataKey } from './repository-encryption.ts';
import { existingRepository, referenceContext, repositoryTarget, scopeOf } from './repository-targets.ts';
import type { CodecommitServices } from './service.ts';

interface GitAccessRequest {
  readonly repositoryName: string;
  readonly action: 'codecommit:GitPull' | 'codecommit:GitPush';
}

/** What access decisions are made of: what each push changes is not remembered with it. */
type AccessedRepository = Omit<RepositoryRow, 'generation' | 'default_branch' | 'updated_at' | 'description'>;

/** What a Git session may work on. */
export interface GitAccess {
  readonly repository: AccessedRepository;
  readonly handle: RepositoryHandle;
  /**
   * Asks for the session's action on one reference, full name. A push needs it for each reference that it changes.
   *
   * @throws AccessDeniedError
   */
  authorizeReference(referenceName: string): void;
}

/**
 * The door of every Git session, whatever the protocol: the repository of that name in the caller's account and the
 * request's Region, once the caller's policies and the repository's key allow it.
 *
 * No reference is known yet, so codecommit:References is absent: a deny by reference names needs `Null` to let the
 * session begin (CodeCommit User Guide, "Limit pushes and merges to branches").
 *
 * @throws AccessDeniedError, RepositoryDoesNotExist, and the exceptions of {@link openDataKey}
 */
export async function openRepository(
  services: CodecommitServices,
  call: Call,
  { repositoryName, action }: GitAccessRequest,
): Promise<GitAccess> {
  const { region, accountId } = scopeOf(call);
  const target = await AccessCache.of(services.database).read(
    `repository ${region} ${accountId} ${repositoryName}`,
    () => repositoryTarget(services, call, repositoryName),
  );
  const [resource] = target.resources;
  authorize(call.principal, call.environment, action, resource);
  const repository = existingRepository(target);
  return {
    repository,
    handle: await openDataKey(services, call, repository),
    authorizeReference(referenceName) {
      authorize(call.principal, call.environment, action, resource, referenceContext(referenceName));
    },
  };
}
