import { type Commit, Commit$ } from '@aws-sdk/client-codecommit';
import type { Handler, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

/**
 * Operations that Codekeep adds to CodeCommit's, for what a console shows and the public API lacks. Each is described as the
 * SDK describes its operations: a schema to serialise by, and a class with the types of input and output; and, but for the
 * last, named for the permission-only action of AWS that it asks for.
 */

const NAMESPACE = 'com.amazonaws.codecommit';
/** What the schemas' numbers mean: @smithy/types, StaticSchemaId. */
const TEXT = 0;
const NUMBER = 1;
const LIST = 1;
const OPERATION = 9;
const STRUCTURE = 3;

abstract class ExtensionCommand<Input extends object, Output extends object> {
  declare readonly input: Input;
  declare resolveMiddleware: () => Handler<Input, Output>;
}

export interface GetReferencesInput {
  repositoryName: string | undefined;
  /** BRANCH or TAG; absent: both. */
  referenceType?: string | undefined;
  /** Only names that contain this text, below refs/heads/ or refs/tags/. */
  nameContains?: string | undefined;
  /** At most and by default 1,000. */
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface Reference {
  /** Full name: refs/heads/main. */
  referenceName?: string | undefined;
  referenceType?: 'BRANCH' | 'TAG' | undefined;
  /** The commit that it stands for, through annotated tags; absent for a tag of something else. */
  commitId?: string | undefined;
}

export interface GetReferencesOutput {
  references?: Reference[] | undefined;
  defaultBranch?: string | undefined;
  nextToken?: string | undefined;
}

const GetReferencesInput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetReferencesInput',
  0,
  ['repositoryName', 'referenceType', 'nameContains', 'maxResults', 'nextToken'],
  [TEXT, TEXT, TEXT, NUMBER, TEXT],
  1,
];
const Reference$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'Reference',
  0,
  ['referenceName', 'referenceType', 'commitId'],
  [TEXT, TEXT, TEXT],
];
const GetReferencesOutput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetReferencesOutput',
  0,
  ['references', 'defaultBranch', 'nextToken'],
  [[LIST, NAMESPACE, 'ReferenceList', 0, () => Reference$], TEXT, TEXT],
];
export const GetReferences$: StaticOperationSchema = [
  OPERATION,
  NAMESPACE,
  'GetReferences',
  0,
  () => GetReferencesInput$,
  () => GetReferencesOutput$,
];
export abstract class GetReferencesCommand extends ExtensionCommand<GetReferencesInput, GetReferencesOutput> {}

export interface GetCommitHistoryInput {
  repositoryName: string | undefined;
  /** As of GetFile; absent: the head of the default branch. */
  commitSpecifier?: string | undefined;
  /** Only commits that changed this file or folder. */
  path?: string | undefined;
  /** By default 100, at most 1,000. */
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface GetCommitHistoryOutput {
  /** Where the history begins. */
  commitId?: string | undefined;
  /** Newest first, as `git log` lists them. */
  commits?: Commit[] | undefined;
  nextToken?: string | undefined;
}

const GetCommitHistoryInput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetCommitHistoryInput',
  0,
  ['repositoryName', 'commitSpecifier', 'path', 'maxResults', 'nextToken'],
  [TEXT, TEXT, TEXT, NUMBER, TEXT],
  1,
];
const GetCommitHistoryOutput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetCommitHistoryOutput',
  0,
  ['commitId', 'commits', 'nextToken'],
  [TEXT, [LIST, NAMESPACE, 'CommitList', 0, () => Commit$], TEXT],
];
export const GetCommitHistory$: StaticOperationSchema = [
  OPERATION,
  NAMESPACE,
  'GetCommitHistory',
  0,
  () => GetCommitHistoryInput$,
  () => GetCommitHistoryOutput$,
];
export abstract class GetCommitHistoryCommand extends ExtensionCommand<GetCommitHistoryInput, GetCommitHistoryOutput> {}

export interface GetTreeInput {
  repositoryName: string | undefined;
  /** As of GetFile; absent: the head of the default branch. */
  commitSpecifier?: string | undefined;
  /** As of GetFolder; absent: the root. */
  folderPath?: string | undefined;
}

export interface TreeEntry {
  absolutePath?: string | undefined;
  relativePath?: string | undefined;
  type?: 'FOLDER' | 'FILE' | 'SYMBOLIC_LINK' | 'SUBMODULE' | undefined;
  /** Of the tree, the blob, or the submodule's commit. */
  objectId?: string | undefined;
  /** Of files and symbolic links. */
  fileMode?: string | undefined;
  /** The newest commit that made the entry what it is; absent where that is too far back. */
  lastCommitId?: string | undefined;
}

export interface GetTreeOutput {
  commitId?: string | undefined;
  treeId?: string | undefined;
  folderPath?: string | undefined;
  /** Folders first, each kind by name. */
  entries?: TreeEntry[] | undefined;
  /** Each last commit of an entry, once. */
  lastCommits?: Commit[] | undefined;
}

const GetTreeInput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetTreeInput',
  0,
  ['repositoryName', 'commitSpecifier', 'folderPath'],
  [TEXT, TEXT, TEXT],
  1,
];
const TreeEntry$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'TreeEntry',
  0,
  ['absolutePath', 'relativePath', 'type', 'objectId', 'fileMode', 'lastCommitId'],
  [TEXT, TEXT, TEXT, TEXT, TEXT, TEXT],
];
const GetTreeOutput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'GetTreeOutput',
  0,
  ['commitId', 'treeId', 'folderPath', 'entries', 'lastCommits'],
  [
    TEXT,
    TEXT,
    TEXT,
    [LIST, NAMESPACE, 'TreeEntryList', 0, () => TreeEntry$],
    [LIST, NAMESPACE, 'CommitList', 0, () => Commit$],
  ],
];
export const GetTree$: StaticOperationSchema = [
  OPERATION,
  NAMESPACE,
  'GetTree',
  0,
  () => GetTreeInput$,
  () => GetTreeOutput$,
];
export abstract class GetTreeCommand extends ExtensionCommand<GetTreeInput, GetTreeOutput> {}

export interface ListRepositoriesForEncryptionKeyInput {
  /** The ARN of the key, as GetRepository tells it. */
  kmsKeyId: string | undefined;
  nextToken?: string | undefined;
}

export interface EncryptedRepository {
  repositoryName?: string | undefined;
  repositoryId?: string | undefined;
  repositoryDescription?: string | undefined;
}

export interface ListRepositoriesForEncryptionKeyOutput {
  /** By name: those that the caller may ask GetRepository about. */
  repositories?: EncryptedRepository[] | undefined;
  nextToken?: string | undefined;
}

const ListRepositoriesForEncryptionKeyInput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'ListRepositoriesForEncryptionKeyInput',
  0,
  ['kmsKeyId', 'nextToken'],
  [TEXT, TEXT],
  1,
];
const EncryptedRepository$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'EncryptedRepository',
  0,
  ['repositoryName', 'repositoryId', 'repositoryDescription'],
  [TEXT, TEXT, TEXT],
];
const ListRepositoriesForEncryptionKeyOutput$: StaticStructureSchema = [
  STRUCTURE,
  NAMESPACE,
  'ListRepositoriesForEncryptionKeyOutput',
  0,
  ['repositories', 'nextToken'],
  [[LIST, NAMESPACE, 'EncryptedRepositoryList', 0, () => EncryptedRepository$], TEXT],
];
export const ListRepositoriesForEncryptionKey$: StaticOperationSchema = [
  OPERATION,
  NAMESPACE,
  'ListRepositoriesForEncryptionKey',
  0,
  () => ListRepositoriesForEncryptionKeyInput$,
  () => ListRepositoriesForEncryptionKeyOutput$,
];
export abstract class ListRepositoriesForEncryptionKeyCommand extends ExtensionCommand<
  ListRepositoriesForEncryptionKeyInput,
  ListRepositoriesForEncryptionKeyOutput
> {}
