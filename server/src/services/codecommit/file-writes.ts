import {
  DeleteFile$,
  DeleteFileCommand,
  FileContentRequiredException$,
  InvalidFileModeException$,
  PutFile$,
  PutFileCommand,
  SameFileContentException$,
} from '@aws-sdk/client-codecommit';
import { newObject } from '../../repositories/pack-writer.ts';
import { kindOf, MODES, type TreeEntry } from '../../repositories/tree-object.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { branchTip, callerName, commitAuthor, commitMessage, commitTree, editTip, putEntry } from './branch-commits.ts';
import { changedBranchTarget } from './branches.ts';
import { writtenPath } from './file-paths.ts';
import { fileDoesNotExist } from './files.ts';
import { readRepository } from './repository-reading.ts';
import { type CodecommitServices, operation } from './service.ts';

const putFile = operation(PutFile$, PutFileCommand, {
  target: (services, call, input) => changedBranchTarget(services, call, input),
  handle: (services, call, input, target) => {
    const path = writtenPath(input.filePath);
    const wantedMode = input.fileMode === undefined ? undefined : storedMode(input.fileMode);
    if (input.fileContent.length === 0) throw fileContentRequired();
    const author = commitAuthor(call, input.name, input.email, callerName(call));
    const blob = newObject('blob', Buffer.from(input.fileContent));
    return readRepository(services, call, target, async (reading) => {
      const tip = await branchTip(reading.objects, input.branchName, input.parentCommitId);
      const editor = await editTip(reading.objects, tip);
      const present = await editor.fileAt(path);
      const mode = wantedMode ?? keptMode(present);
      if (present?.objectId === blob.objectId && present.mode === mode) throw sameFileContent(path);
      await putEntry(editor, path, mode, blob.objectId);
      const message = commitMessage(input.commitMessage, `${present === undefined ? 'Added' : 'Edited'} ${path}`);
      const made = await commitTree(services, reading, tip, editor, [blob], { author, message });
      return { ...made, blobId: blob.objectId };
    });
  },
});

const deleteFile = operation(DeleteFile$, DeleteFileCommand, {
  target: (services, call, input) => changedBranchTarget(services, call, input),
  handle: (services, call, input, target) => {
    const path = writtenPath(input.filePath);
    // The model tells of this operation alone that the ARN stands in for a name.
    const author = commitAuthor(call, input.name, input.email, call.principal.arn);
    return readRepository(services, call, target, async (reading) => {
      const tip = await branchTip(reading.objects, input.branchName, input.parentCommitId);
      const editor = await editTip(reading.objects, tip);
      const present = await editor.fileAt(path);
      if (present === undefined || kindOf(present) === 'submodule') throw fileDoesNotExist(path);
      await editor.remove(path, input.keepEmptyFolders === true);
      const message = commitMessage(input.commitMessage, `Deleted ${path}`);
      const made = await commitTree(services, reading, tip, editor, [], { author, message });
      return { ...made, blobId: present.objectId, filePath: path };
    });
  },
});

export const fileWriteOperations: readonly Operation<CodecommitServices>[] = [putFile, deleteFile];

/**
 * The mode of a file mode that is written.
 *
 * @throws InvalidFileMode for SYMLINK, which the model documents for reading only
 */
export function storedMode(fileMode: string): string {
  if (fileMode === 'EXECUTABLE') return MODES.executable;
  if (fileMode === 'NORMAL') return MODES.file;
  throw new ServiceError(
    InvalidFileModeException$,
    'The specified file mode permission is not valid. Valid file mode permissions are EXECUTABLE and NORMAL.',
  );
}

/** Where none is asked for, an executable stays one. */
export function keptMode(present: TreeEntry | undefined): string {
  return present !== undefined && kindOf(present) === 'executable' ? MODES.executable : MODES.file;
}

function fileContentRequired(): ServiceError {
  return new ServiceError(
    FileContentRequiredException$,
    'The file cannot be added because it is empty. Empty files cannot be added to the repository with this API.',
  );
}

function sameFileContent(path: string): ServiceError {
  return new ServiceError(
    SameFileContentException$,
    `The file ${path} was not added or updated because its content is exactly the same in the branch.`,
  );
}
