import type { Violation } from './violations.ts';

/** Names without "Exception"; of several the first that the operation declares. */
interface Exceptions {
  readonly missing?: readonly string[];
  readonly invalid?: readonly string[];
  readonly tooMany?: readonly string[];
}

/**
 * Where the exceptions of a member are not XRequired and InvalidX. Reviewed against the operations' declared exceptions
 * and their documentation in the model.
 */
const exceptionsByMember: Readonly<Record<string, Exceptions>> = {
  afterBlobId: { missing: ['BlobIdRequired'], invalid: ['InvalidBlobId'] },
  afterCommitId: { missing: ['CommitIdRequired'], invalid: ['InvalidCommitId'] },
  afterCommitSpecifier: { missing: ['CommitRequired'] },
  afterPath: { invalid: ['InvalidPath'] },
  approvalRuleTemplateDescription: { missing: ['InvalidApprovalRuleTemplateDescription'] },
  authorName: { invalid: ['NameLengthExceeded'] },
  beforeBlobId: { invalid: ['InvalidBlobId'] },
  beforeCommitId: { missing: ['CommitIdRequired'], invalid: ['InvalidCommitId'] },
  beforePath: { invalid: ['InvalidPath'] },
  branches: { invalid: ['InvalidRepositoryTriggerBranchName'], tooMany: ['MaximumBranchesExceeded'] },
  commitIds: { missing: ['CommitIdsListRequired'], tooMany: ['CommitIdsLimitExceeded'] },
  commitMessage: { invalid: ['CommitMessageLengthExceeded'] },
  content: {
    missing: ['CommentContentRequired'],
    invalid: ['CommentContentSizeLimitExceeded', 'FileContentSizeLimitExceeded'],
  },
  customData: { invalid: ['InvalidRepositoryTriggerCustomData'] },
  defaultBranchName: { missing: ['BranchNameRequired'], invalid: ['InvalidBranchName'] },
  description: { missing: ['InvalidDescription'] },
  destinationArn: { missing: ['RepositoryTriggerDestinationArnRequired'] },
  destinationCommitSpecifier: { missing: ['CommitRequired'] },
  events: { missing: ['RepositoryTriggerEventsListRequired'], invalid: ['InvalidRepositoryTriggerEvents'] },
  fileContent: { invalid: ['FileContentSizeLimitExceeded'] },
  filePath: { missing: ['PathRequired'], invalid: ['InvalidPath', 'InvalidFileLocation'] },
  filePaths: { invalid: ['InvalidPath'] },
  folderPath: { missing: ['PathRequired'], invalid: ['InvalidPath'] },
  inReplyTo: { missing: ['CommentIdRequired'], invalid: ['InvalidCommentId'] },
  kmsKeyId: { missing: ['EncryptionKeyRequired'], invalid: ['EncryptionKeyInvalidId'] },
  name: { missing: ['RepositoryTriggerNameRequired'], invalid: ['InvalidRepositoryTriggerName', 'NameLengthExceeded'] },
  newApprovalRuleTemplateName: {
    missing: ['ApprovalRuleTemplateNameRequired'],
    invalid: ['InvalidApprovalRuleTemplateName'],
  },
  newName: { missing: ['RepositoryNameRequired'], invalid: ['InvalidRepositoryName'] },
  newRuleContent: {
    missing: ['ApprovalRuleContentRequired', 'ApprovalRuleTemplateContentRequired'],
    invalid: ['InvalidApprovalRuleContent', 'InvalidApprovalRuleTemplateContent'],
  },
  oldApprovalRuleTemplateName: {
    missing: ['ApprovalRuleTemplateNameRequired'],
    invalid: ['InvalidApprovalRuleTemplateName'],
  },
  oldName: { missing: ['RepositoryNameRequired'], invalid: ['InvalidRepositoryName'] },
  path: { invalid: ['InvalidPath'] },
  relativeFileVersion: { invalid: ['InvalidRelativeFileVersionEnum'] },
  repositoryNames: {
    missing: ['RepositoryNamesRequired'],
    invalid: ['InvalidRepositoryName'],
    tooMany: ['MaximumRepositoryNamesExceeded'],
  },
  sourceCommitId: { invalid: ['InvalidCommitId'] },
  sourceCommitSpecifier: { missing: ['CommitRequired'] },
  sourceReference: { missing: ['ReferenceNameRequired'] },
  tagKeys: { missing: ['TagKeysListRequired'], invalid: ['InvalidTagKeysList'], tooMany: ['TooManyTags'] },
  tags: { missing: ['TagsMapRequired'], invalid: ['InvalidTagsMap'], tooMany: ['TooManyTags'] },
  triggers: { missing: ['RepositoryTriggersListRequired'], tooMany: ['MaximumRepositoryTriggersExceeded'] },
};

/** Lists whose bad items the operation reports one by one in its answer. */
const itemsReportedInAnswer: ReadonlySet<string> = new Set([
  'BatchAssociateApprovalRuleTemplateWithRepositories.repositoryNames',
  'BatchDisassociateApprovalRuleTemplateFromRepositories.repositoryNames',
  'BatchGetCommits.commitIds',
]);

/**
 * Which exception of its operation a violation raises, with "Exception". `ValidationException` where the operation
 * declares none that fits; undefined where the operation itself reports the item.
 */
export function exceptionFor(
  operationName: string,
  declared: readonly string[],
  { member, kind, isElement }: Violation,
): string | undefined {
  if (isElement && itemsReportedInAnswer.has(`${operationName}.${member}`)) return undefined;
  const reviewed = exceptionsByMember[member]?.[kind] ?? [];
  const byRule = kind === 'missing' ? `${upperFirst(member)}Required` : `Invalid${upperFirst(member)}`;
  const names = [...reviewed, byRule].map((name) => `${name}Exception`);
  return names.find((name) => declared.includes(name)) ?? 'ValidationException';
}

function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
