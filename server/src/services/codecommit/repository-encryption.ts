import {
  EncryptionIntegrityChecksFailedException$,
  EncryptionKeyAccessDeniedException$,
  EncryptionKeyDisabledException$,
  EncryptionKeyInvalidIdException$,
  EncryptionKeyInvalidUsageException$,
  EncryptionKeyNotFoundException$,
  EncryptionKeyUnavailableException$,
} from '@aws-sdk/client-codecommit';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import { RepositoryNotFoundError } from '../../repositories/repository-errors.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import {
  KeyAccessDeniedError,
  KeyDisabledError,
  KeyInvalidUsageError,
  KeyNotFoundError,
  KeyUnavailableError,
} from '../kms/key-errors.ts';
import { type KeyIdentifier, parseKeyIdentifier } from '../kms/key-identifiers.ts';
import type { KeyUse, KeyUseRequest } from '../kms/key-use.ts';
import type { Call } from '../operation.ts';
import { RememberedAnswers } from '../remembered-answers.ts';
import { ServiceError } from '../service-error.ts';
import { type AccessedRepository, repositoryDoesNotExist, scopeOf } from './repository-targets.ts';
import type { CodecommitServices } from './service.ts';

const MANAGED_KEY_ALIAS = 'alias/aws/codecommit';
/** The encryption context of a data key: it survives a rename of the repository, as the id does. */
const ENCRYPTION_CONTEXT_KEY = 'repositoryId';
const DATA_KEY_BYTES = 32;

const handles = new RememberedAnswers<RepositoryHandle>();

/** A repository's data key, to be stored with it. */
interface NewDataKey {
  readonly keyArn: string;
  /** Encrypted by the key. */
  readonly ciphertext: Buffer;
}

/**
 * Makes the data key of a new repository.
 *
 * @param kmsKeyId as CreateRepository takes it: a key's ID or ARN, an alias's name or ARN; absent: the AWS managed key,
 *   which is made with the first repository that needs it
 * @throws EncryptionKeyInvalidId, EncryptionKeyInvalidUsage, EncryptionKeyNotFound and the exceptions of
 *   {@link openDataKey}
 */
export async function newDataKey(
  services: CodecommitServices,
  call: Call,
  repositoryId: string,
  kmsKeyId: string | undefined,
): Promise<NewDataKey> {
  const name = kmsKeyId ?? MANAGED_KEY_ALIAS;
  const wantedKeyArn = await namedKeyArn(services, call, name);
  const { ciphertext } = await asEncryptionException(
    services.keys.generateDataKey(call, keyUse(call, wantedKeyArn, repositoryId)),
    { [wantedKeyArn]: name },
  );
  return { keyArn: wantedKeyArn, ciphertext };
}

/**
 * Encrypts a repository's data key under the key that `kmsKeyId` names.
 *
 * @throws as {@link newDataKey}, of the former key too
 */
export async function reEncryptDataKey(
  services: CodecommitServices,
  call: Call,
  { repository_id: repositoryId, kms_key_arn: formerKeyArn, data_key: ciphertext }: RepositoryRow,
  kmsKeyId: string,
): Promise<NewDataKey> {
  const wantedKeyArn = await namedKeyArn(services, call, kmsKeyId);
  const former = keyUse(call, formerKeyArn, repositoryId);
  const reEncrypted = await asEncryptionException(
    services.keys.reEncryptDataKey(call, former, ciphertext, wantedKeyArn),
    { [wantedKeyArn]: kmsKeyId },
  );
  return { keyArn: wantedKeyArn, ciphertext: reEncrypted };
}

/**
 * Checks that the caller may use a repository's key now, and opens the repository with it.
 *
 * @throws EncryptionKeyAccessDenied, EncryptionKeyDisabled, EncryptionKeyNotFound, EncryptionKeyUnavailable, and
 *   EncryptionIntegrityChecksFailed when the stored data key is not what was stored
 */
export async function openDataKey(
  { database, keys }: CodecommitServices,
  call: Call,
  { repository_id: repositoryId, kms_key_arn: repositoryKeyArn, data_key: ciphertext }: AccessedRepository,
): Promise<RepositoryHandle> {
  return handles.answer(database, call, [repositoryKeyArn, repositoryId], async (observed) => {
    const use = keyUse(observed, repositoryKeyArn, repositoryId);
    const dataKey = await asEncryptionException(keys.decryptDataKey(observed, use, ciphertext));
    if (dataKey.length !== DATA_KEY_BYTES) throw integrityChecksFailed();
    return { repositoryId, dataKey };
  });
}

/**
 * Checks that the caller may use a repository's key now, for what tells of many repositories and reads none: some
 * milliseconds less for each than {@link openDataKey}, which also finds a data key that has been altered.
 *
 * @throws EncryptionKeyAccessDenied, EncryptionKeyDisabled, EncryptionKeyNotFound, EncryptionKeyUnavailable
 */
export async function requireKey(
  { keys }: CodecommitServices,
  call: Call,
  { repository_id: repositoryId, kms_key_arn: repositoryKeyArn }: RepositoryRow,
): Promise<void> {
  await asEncryptionException(keys.requireDecrypt(call, keyUse(call, repositoryKeyArn, repositoryId)));
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
 * Runs work on the data of a repository that was there a moment ago.
 *
 * @throws RepositoryDoesNotExist when it has been deleted meanwhile, EncryptionIntegrityChecksFailed when its data are
 *   not what was stored
 */
export async function onRepositoryData<T>(repository: AccessedRepository, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RepositoryNotFoundError) throw repositoryDoesNotExist(repository.repository_name);
    throw error instanceof SealedMessageError ? integrityChecksFailed() : error;
  }
}

/**
 * The ARN of the key that a request names.
 *
 * @throws EncryptionKeyInvalidId, EncryptionKeyNotFound
 */
async function namedKeyArn({ keys }: CodecommitServices, call: Call, kmsKeyId: string): Promise<string> {
  const { accountId, region } = scopeOf(call);
  const wanted = keyIdentifier(call, kmsKeyId);
  const isManaged = 'aliasName' in wanted && wanted.aliasName === MANAGED_KEY_ALIAS && wanted.accountId === accountId;
  if (isManaged) return keys.ensureAwsManagedKey(accountId, region, MANAGED_KEY_ALIAS);
  const arn = await keys.arnOf(wanted);
  // Who may not use a key of another account is not told what aliases there are.
  if (arn === undefined)
    throw wanted.accountId === accountId ? keyNotFound(kmsKeyId) : keyAccessDenied(`key ${kmsKeyId}`);
  return arn;
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

function keyUse({ environment }: Call, usedKeyArn: string, repositoryId: string): KeyUseRequest {
  return {
    keyArn: usedKeyArn,
    encryptionContext: { [ENCRYPTION_CONTEXT_KEY]: repositoryId },
    viaService: `codecommit.${environment.region}.amazonaws.com`,
  };
}

/**
 * @param names how the request calls a key, by its ARN: who may not use a key is not told where its alias leads
 */
async function asEncryptionException<T>(use: Promise<T>, names: Readonly<Record<string, string>> = {}): Promise<T> {
  try {
    return await use;
  } catch (error) {
    throw encryptionException(error, names) ?? error;
  }
}

function encryptionException(error: unknown, names: Readonly<Record<string, string>>): ServiceError | undefined {
  if (error instanceof KeyAccessDeniedError) {
    return keyAccessDenied(
      error.isAwsManaged
        ? "default master key for CodeCommit 'aws/codecommit' in your account"
        : `key ${names[error.key] ?? error.key}`,
    );
  }
  if (error instanceof KeyDisabledError) {
    return new ServiceError(EncryptionKeyDisabledException$, 'The encryption key is disabled.');
  }
  if (error instanceof KeyNotFoundError) return keyNotFound(names[error.key] ?? error.key);
  if (error instanceof KeyUnavailableError) {
    return new ServiceError(EncryptionKeyUnavailableException$, 'The encryption key is not available.');
  }
  if (error instanceof KeyInvalidUsageError) {
    return new ServiceError(
      EncryptionKeyInvalidUsageException$,
      'A KMS encryption key was used to try and encrypt or decrypt a repository, but either the repository or the key was not in a valid state to support the operation: it is no symmetric encryption key.',
    );
  }
  return error instanceof SealedMessageError ? integrityChecksFailed() : undefined;
}

function keyAccessDenied(what: string): ServiceError {
  return new ServiceError(EncryptionKeyAccessDeniedException$, `User is not authorized for the KMS ${what}`);
}

function keyNotFound(key: string): ServiceError {
  return new ServiceError(EncryptionKeyNotFoundException$, `No encryption key was found: ${key}`);
}

function integrityChecksFailed(): ServiceError {
  return new ServiceError(EncryptionIntegrityChecksFailedException$, 'An encryption integrity check failed.');
}
