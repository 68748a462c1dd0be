import { type CodeCommitClient, GetBranchCommand, GetFileCommand } from '@aws-sdk/client-codecommit';

/** What a commit was made for: a file as it was when somebody began to change it. */
export interface FileState {
  readonly name: string;
  readonly branch: string;
  readonly path: string;
  /** Absent: there was no such file. */
  readonly blobId: string | undefined;
}

export async function branchHead(client: CodeCommitClient, name: string, branch: string): Promise<string> {
  const answer = await client.send(new GetBranchCommand({ repositoryName: name, branchName: branch }));
  return answer.branch?.commitId ?? '';
}

/** The blob at a path; undefined where there is none. */
export async function blobAt(
  client: CodeCommitClient,
  name: string,
  commitSpecifier: string,
  filePath: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new GetFileCommand({ repositoryName: name, commitSpecifier, filePath }))).blobId;
  } catch (error) {
    if ((error as Error).name === 'FileDoesNotExistException') return undefined;
    throw error;
  }
}

/**
 * The branch's newest commit, for who has been overtaken.
 *
 * @throws Error if the file itself has been changed meanwhile, so that a commit on top would undo that
 */
export async function newHead(client: CodeCommitClient, state: FileState): Promise<string> {
  const head = await branchHead(client, state.name, state.branch);
  const blobId = await blobAt(client, state.name, head, state.path);
  if (blobId !== state.blobId) throw new FileChangedError(state.path);
  return head;
}

class FileChangedError extends Error {
  override readonly name = 'FileChanged';

  constructor(path: string) {
    super(
      `${path} itself has been changed by others since you opened it. Open it in another tab, and take over by hand.`,
    );
  }
}
