import type { GitService } from '../../repositories/repositories.ts';

/** What the command of an SSH session asks for. */
export type SshCommand =
  | { readonly kind: 'git'; readonly service: GitService; readonly repositoryName: string }
  | { readonly kind: 'lfs'; readonly repositoryName: string; readonly operation: 'download' | 'upload' }
  | { readonly kind: 'archive' }
  /** A Git command whose path is not that of a repository. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown' };

/** CodeCommit's repository names; a `.git` or a slash that a user adds is not part of one. */
const PATH = /^\/?v1\/repos\/([\w.-]{1,104}?)(?:\.git)?\/?$/;
/** A word of a POSIX shell: plain characters, escapes, quotes. Nothing is expanded. */
const WORD = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/sy;
const WORD_PART = /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs;

/** Reads a command as clients write it: `git-upload-pack '/v1/repos/NAME'`. */
export function parseSshCommand(text: string): SshCommand {
  const words = wordsOf(text);
  if (words === undefined) return { kind: 'unknown' };
  const [program, ...rest] = words[0] === 'git' ? [`git-${words[1] ?? ''}`, ...words.slice(2)] : words;
  if (program === 'git-upload-archive') return { kind: 'archive' };
  if (program === 'git-upload-pack' || program === 'git-receive-pack') {
    const repositoryName = rest.length === 1 ? nameOf(rest[0]) : undefined;
    return repositoryName === undefined ? { kind: 'elsewhere' } : { kind: 'git', service: program, repositoryName };
  }
  const [path, operation] = rest;
  if (program === 'git-lfs-authenticate' && (operation === 'download' || operation === 'upload')) {
    const repositoryName = nameOf(path);
    return repositoryName === undefined ? { kind: 'elsewhere' } : { kind: 'lfs', repositoryName, operation };
  }
  return { kind: 'unknown' };
}

function nameOf(path: string | undefined): string | undefined {
  return PATH.exec(path ?? '')?.[1];
}

/** Undefined when a quote is not closed. */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  let position = 0;
  for (;;) {
    while (/\s/.test(text.charAt(position))) position++;
    if (position >= text.length) return words;
    WORD.lastIndex = position;
    const word = WORD.exec(text)?.[0];
    if (word === undefined) return undefined;
    position += word.length;
    if (position < text.length && !/\s/.test(text.charAt(position))) return undefined;
    words.push(
      word.replaceAll(WORD_PART, (_part, escaped?: string, single?: string, double?: string) => {
        return escaped ?? single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? '';
      }),
    );
  }
}
