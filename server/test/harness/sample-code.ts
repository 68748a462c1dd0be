import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import type { GitClient } from './git-client.ts';

/** Commits of `main` beside those that change files: more than one page of the console. */
export const EMPTY_COMMITS = 60;

const README = `# Demo

Read the [guide](docs/guide.md), or [its end](#end).

![Logo](img/logo.png) ![Elsewhere](https://example.com/x.png)

| Name | Value |
| ---- | ----- |
| one  | 1     |

\`\`\`ts
const answer: number = 42; // enough
\`\`\`

- [x] done

## End
`;

/** A clone with a repository such as people have: folders, images, branches, tags, and every kind of change. */
export async function createSampleCode(git: GitClient, folder: string): Promise<string> {
  const cwd = join(git.home, folder);
  const run = (...args: readonly string[]) => git.output(args, { cwd });
  const commit = async (message: string) => {
    await run('add', '--all');
    await run('commit', '--quiet', '--message', message);
  };
  await git.output(['init', '--quiet', cwd]);
  await writeFiles(cwd, {
    'README.md': README,
    'docs/guide.md': '# Guide\n\nBack to the [read me](../README.md).\n',
    'docs/old.txt': 'an old file\n',
    'img/logo.png': square(),
    'img/vector.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>\n',
    'src/main.ts': `${sourceLines(120).join('\n')}\n`,
    'src/app.py': 'def main():\n    return 1\n',
    'src/windows.txt': 'first\r\nsecond\r\n',
    'data.bin': Buffer.from([0, 1, 2, 3, 255]),
    'empty.txt': '',
    'run.sh': '#!/bin/sh\nexit 0\n',
  });
  await chmod(join(cwd, 'run.sh'), 0o755);
  await symlink('src/main.ts', join(cwd, 'link'));
  await commit('Begin\n\nWith everything that a project needs.');
  await run('tag', '--annotate', '--message', 'first', 'v1.0');
  for (let number = 1; number <= EMPTY_COMMITS; number++) {
    await run('commit', '--quiet', '--allow-empty', '--message', `Step ${number}`);
  }
  await run('tag', 'release/2');
  await run('checkout', '--quiet', '-b', 'feature/deep/name');
  await rename(join(cwd, 'docs/guide.md'), join(cwd, 'docs/manual.md'));
  await rm(join(cwd, 'docs/old.txt'));
  await writeFiles(cwd, {
    'src/main.ts': `${sourceLines(120).with(9, 'export const changed = true;').join('\n')}\n`,
    'src/app.py': 'def main():\n        return  1\n',
    'data.bin': Buffer.from([0, 9, 9]),
    'big.txt': `${sourceLines(1_500).join('\n')}\n`,
  });
  await commit('Change everything');
  await run('checkout', '--quiet', 'main');
  return cwd;
}

export async function writeFiles(cwd: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
}

export function sourceLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `export const value${index + 1} = 'text ${index + 1}'; // line`);
}

/** A small image, of one colour. */
function square(): Buffer {
  const image = new PNG({ width: 24, height: 24 });
  image.data.fill(200);
  return PNG.sync.write(image);
}
