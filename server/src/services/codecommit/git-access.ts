import { AccessDeniedError, type AuthorizedResource, authorize } from '../../access/authorization.ts';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import type { Call } from '../operation.ts';
import { RememberedAnswers } from '../remembered-answers.ts';
import { openDataKey } from './repository-encryption.ts';
import { type AccessedRepository, accessedTarget, existingRepository, referenceContext } from './repository-targets.ts';
import type { CodecommitServices } from './service.ts';

export type GitAction = 'codecommit:GitPull' | 'codecommit:GitPush';

interface GitAccessRequest {
  readonly repositoryName: string;
  readonly action: GitAction;
}

/** A repository that a principal has been let into. */
interface Opening {
  readonly resource: AuthorizedResource;
  readonly repository: AccessedRepository;
  readonly handle: RepositoryHandle;
}

const openings = new RememberedAnswers<Opening>();

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
  request: GitAccessRequest,
): Promise<GitAccess> {
  const question = [request.action, request.repositoryName];
  const { repository, handle, resource } = await openings.answer(services.database, call, question, (observed) =>
    open(services, observed, request),
  );
  return {
    repository,
    handle,
    authorizeReference(referenceName) {
      authorize(call.principal, call.environment, request.action, resource, referenceContext(referenceName));
    },
  };
}

async function open(
  services: CodecommitServices,
  call: Call,
  { repositoryName, action }: GitAccessRequest,
): Promise<Opening> {
  const target = await accessedTarget(services, call, repositoryName);
  const [resource] = target.resources;
  authorize(call.principal, call.environment, action, resource);
  const repository = existingRepository(target);
  return { resource, repository, handle: await openDataKey(services, call, repository) };
}

/** Why a session may not change a reference, in one line; undefined when it may. */
export function denialOf(access: GitAccess, referenceName: string): string | undefined {
  try {
    access.authorizeReference(referenceName);
    return undefined;
  } catch (error) {
    if (error instanceof AccessDeniedError) return error.message;
    throw error;
  }
}
