import {
  EncryptionIntegrityChecksFailedException$,
  EncryptionKeyAccessDeniedException$,
  EncryptionKeyDisabledException$,
  EncryptionKeyInvalidIdException$,
  EncryptionKeyNotFoundException$,
  EncryptionKeyUnavailableException$,
} from '@aws-sdk/client-codecommit';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import { RepositoryNotFoundError } from '../../repositories/repository-errors.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import { KeyAccessDeniedError, KeyDisabledError, KeyNotFoundError, KeyUnavailableError } from '../kms/key-errors.ts';
import { type KeyIdentifier, parseKeyIdentifier } from '../kms/key-identifiers.ts';
import type { KeyUse, KeyUseRequest } from '../kms/key-use.ts';
import { aliasArn, keyArn } from '../kms/keys.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { repositoryDoesNotExist, scopeOf } from './repository-targets.ts';
import type { CodecommitServices } from './service.ts';

const MANAGED_KEY_ALIAS = 'alias/aws/codecommit';
/** The encryption context of a data key: it survives a rename of the repository, as the id does. */
const ENCRYPTION_CONTEXT_KEY = 'repositoryId';
const DATA_KEY_BYTES = 32;

/** A new repository's data key, to be stored with it. */
interface NewDataKey {
  readonly keyArn: string;
  /** Encrypted by the key. */
  readonly ciphertext: Buffer;
}

/**
 * Makes the data key of a new repository under the AWS managed key, which is made with the first one.
 *
 * @param kmsKeyId as CreateRepository takes it; absent: the AWS managed key
 * @throws EncryptionKeyInvalidId, EncryptionKeyNotFound and the exceptions of {@link openDataKey}
 */
export async function newDataKey(
  services: CodecommitServices,
  call: Call,
  repositoryId: string,
  kmsKeyId: string | undefined,
): Promise<NewDataKey> {
  const scope = scopeOf(call);
  const wanted = kmsKeyId === undefined ? undefined : keyIdentifier(call, kmsKeyId);
  const managedKeyArn = await services.keys.ensureAwsManagedKey(scope.accountId, scope.region, MANAGED_KEY_ALIAS);
  if (wanted !== undefined) requireManagedKey(call, managedKeyArn, wanted);
  const { ciphertext } = await asEncryptionException(
    services.keys.generateDataKey(call, keyUse(call, managedKeyArn, repositoryId)),
  );
  return { keyArn: managedKeyArn, ciphertext };
}

/**
 * Checks that the caller may use a repository's key now, and opens the repository with it.
 *
 * @throws EncryptionKeyAccessDenied, EncryptionKeyDisabled, EncryptionKeyNotFound, EncryptionKeyUnavailable, and
 *   EncryptionIntegrityChecksFailed when the stored data key is not what was stored
 */
export async function openDataKey(
  { keys }: CodecommitServices,
  call: Call,
  { repository_id: repositoryId, kms_key_arn: repositoryKeyArn, data_key: ciphertext }: RepositoryRow,
): Promise<RepositoryHandle> {
  const use = keyUse(call, repositoryKeyArn, repositoryId);
  const dataKey = await asEncryptionException(keys.decryptDataKey(call, use, ciphertext));
  if (dataKey.length !== DATA_KEY_BYTES) throw integrityChecksFailed();
  return { repositoryId, dataKey };
}

/**
 * Opens a repository for upkeep, which no caller asks for.
 *
 * @throws KeyNotFoundError, KeyDisabledError, KeyUnavailableError; SealedMessageError when the stored data key is not
 *   what was stored
 */
export async function openDataKeyForUpkeep(
  keys: KeyUse,
  row: Pick<RepositoryRow, 'repository_id' | 'kms_key_arn' | 'data_key'>,
): Promise<RepositoryHandle> {
  const { repository_id: repositoryId, kms_key_arn: usedKeyArn, data_key: ciphertext } = row;
  const use = { keyArn: usedKeyArn, encryptionContext: { [ENCRYPTION_CONTEXT_KEY]: repositoryId } };
  return { repositoryId, dataKey: await keys.decryptDataKeyForUpkeep(use, ciphertext) };
}

/**
 * Checks that `kmsKeyId` names the repository's key. Keys of the customer cannot be made yet, so every repository is
 * under the AWS managed key of its account and Region.
 *
 * @throws EncryptionKeyInvalidId, EncryptionKeyNotFound
 */
export function requireKeyOfRepository(
  call: Call,
  { kms_key_arn: managedKeyArn }: RepositoryRow,
  kmsKeyId: string,
): void {
  requireManagedKey(call, managedKeyArn, keyIdentifier(call, kmsKeyId));
}

/**
 * Runs work on the data of a repository that was there a moment ago.
 *
 * @throws RepositoryDoesNotExist when it has been deleted meanwhile, EncryptionIntegrityChecksFailed when its data are
 *   not what was stored
 */
export async function onRepositoryData<T>(repository: RepositoryRow, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RepositoryNotFoundError) throw repositoryDoesNotExist(repository.repository_name);
    throw error instanceof SealedMessageError ? integrityChecksFailed() : error;
  }
}

/** Reads a key's name as KMS does; an ARN of another Region is not valid in this one. */
function keyIdentifier(call: Call, kmsKeyId: string): KeyIdentifier {
  try {
    return parseKeyIdentifier(kmsKeyId, scopeOf(call));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError(
      EncryptionKeyInvalidIdException$,
      `The Key Management Service encryption key is not valid. ${error.message}`,
    );
  }
}

function requireManagedKey(call: Call, managedKeyArn: string, wanted: KeyIdentifier): void {
  const [arn, managedArn] =
    'keyId' in wanted
      ? [keyArn(wanted, wanted.keyId), managedKeyArn]
      : [aliasArn(wanted, wanted.aliasName), aliasArn(scopeOf(call), MANAGED_KEY_ALIAS)];
  if (arn === managedArn) return;
  throw new ServiceError(
    EncryptionKeyNotFoundException$,
    `No encryption key was found: ${arn}. Repositories are encrypted under ${MANAGED_KEY_ALIAS}.`,
  );
}

function keyUse({ environment }: Call, usedKeyArn: string, repositoryId: string): KeyUseRequest {
  return {
    keyArn: usedKeyArn,
    encryptionContext: { [ENCRYPTION_CONTEXT_KEY]: repositoryId },
    viaService: `codecommit.${environment.region}.amazonaws.com`,
  };
}

async function asEncryptionException<T>(use: Promise<T>): Promise<T> {
  try {
    return await use;
  } catch (error) {
    throw encryptionException(error) ?? error;
  }
}

function encryptionException(error: unknown): ServiceError | undefined {
  if (error instanceof KeyAccessDeniedError) {
    return new ServiceError(
      EncryptionKeyAccessDeniedException$,
      "User is not authorized for the KMS default master key for CodeCommit 'aws/codecommit' in your account",
    );
  }
  if (error instanceof KeyDisabledError) {
    return new ServiceError(EncryptionKeyDisabledException$, 'The encryption key is disabled.');
  }
  if (error instanceof KeyNotFoundError) {
    return new ServiceError(EncryptionKeyNotFoundException$, 'No encryption key was found.');
  }
  if (error instanceof KeyUnavailableError) {
    return new ServiceError(EncryptionKeyUnavailableException$, 'The encryption key is not available.');
  }
  return error instanceof SealedMessageError ? integrityChecksFailed() : undefined;
}

function integrityChecksFailed(): ServiceError {
  return new ServiceError(EncryptionIntegrityChecksFailedException$, 'An encryption integrity check failed.');
}
