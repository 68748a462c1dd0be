import type { ConstraintsWithExceptions } from '../constraints.ts';

/** Limits of the operations that Codekeep adds to CodeCommit's; shapes that are not here are those of CodeCommit. */
export const codecommitExtensionConstraints: Omit<ConstraintsWithExceptions, 'sentences'> = {
  inputs: {
    GetReferences: 'GetReferencesInput',
    GetCommitHistory: 'GetCommitHistoryInput',
    GetTree: 'GetTreeInput',
    ListRepositoriesForEncryptionKey: 'ListRepositoriesForEncryptionKeyInput',
  },
  shapes: {
    GetReferencesInput: {
      type: 'structure',
      required: ['repositoryName'],
      members: { repositoryName: 'RepositoryName', referenceType: 'ReferenceType', nameContains: 'ReferenceNamePart' },
    },
    ReferenceType: { type: 'string', enum: ['BRANCH', 'TAG'] },
    ReferenceNamePart: { type: 'string', max: 256 },
    GetCommitHistoryInput: {
      type: 'structure',
      required: ['repositoryName'],
      members: { repositoryName: 'RepositoryName', path: 'Path' },
    },
    GetTreeInput: {
      type: 'structure',
      required: ['repositoryName'],
      members: { repositoryName: 'RepositoryName', folderPath: 'Path' },
    },
    ListRepositoriesForEncryptionKeyInput: {
      type: 'structure',
      required: ['kmsKeyId'],
      members: { kmsKeyId: 'KmsKeyId' },
    },
  },
  exceptions: {
    GetReferences: [
      'InvalidContinuationTokenException',
      'InvalidMaxResultsException',
      'InvalidRepositoryNameException',
      'RepositoryNameRequiredException',
    ],
    GetTree: [
      'InvalidCommitException',
      'InvalidPathException',
      'InvalidRepositoryNameException',
      'RepositoryNameRequiredException',
    ],
    GetCommitHistory: [
      'InvalidCommitException',
      'InvalidContinuationTokenException',
      'InvalidMaxResultsException',
      'InvalidPathException',
      'InvalidRepositoryNameException',
      'RepositoryNameRequiredException',
    ],
    ListRepositoriesForEncryptionKey: [
      'EncryptionKeyInvalidIdException',
      'EncryptionKeyRequiredException',
      'InvalidContinuationTokenException',
    ],
  },
};
