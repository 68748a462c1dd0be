import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CodeCommitClient, GetBranchCommand } from '@aws-sdk/client-codecommit';
import { describe, expect, it } from 'vitest';
import { asRootUser } from '../harness/account-setup.ts';
import { serveDataFolder } from '../harness/codekeep-server.ts';
import { gitClient } from '../harness/git-client.ts';

// Data folders that earlier commits of the main line have made, each with an account, a user, a repository and a push.

const run = promisify(execFile);
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const COMMIT = 'f043b46da9427832270c48f8f666267bebf0c1aa';
const account = {
  accountId: '111122223333',
  rootEmail: 'admin@example.com',
  rootPassword: 'correct horse battery',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};

describe('a data folder of an earlier version', () => {
  it.each([
    {
      version: 'edabbd6',
      what: 'with the first six migrations',
      credential: ['ann-at-111122223333', 'dMaP/M+cpyVCaNR0i0Sq+Ze0oDiZ0odaADZbu8cq5uY='],
    },
    {
      version: '5354508',
      what: 'before migrations with lower numbers came',
      credential: ['ann-at-111122223333', 'e6vN8S/koUSipgDpvPzhGphRkW21l1p2qocd1mZAusU='],
    },
    {
      version: '70e1de2',
      what: 'before intents',
      credential: ['ann-at-111122223333', 'Vf24Z7962V331zcniRzZYKkKQt63ZghUPNe8iA4cxIg='],
    },
  ])(
    '$version opens, $what, and has all that was in it',
    async ({ version, credential: [userName = '', password = ''] }) => {
      const server = await serveDataFolder(account, async (folder) => {
        await run('tar', ['xzf', join(FIXTURES, `data-folder-of-${version}.tar.gz`), '-C', folder, '--no-same-owner']);
      });
      const codecommit = new CodeCommitClient(asRootUser(server));
      const git = await gitClient([{ url: server.url, userName, password }]);
      try {
        const asked = new GetBranchCommand({ repositoryName: 'kept', branchName: 'main' });
        expect((await codecommit.send(asked)).branch?.commitId).toBe(COMMIT);
        const url = `${server.url}/v1/repos/kept`;
        await git.output(['clone', '--quiet', url, 'kept']);
        expect(await readFile(join(git.home, 'kept', 'file'), 'utf8')).toBe('kept\n');
        const cwd = join(git.home, 'kept');
        await git.output(['commit', '--quiet', '--allow-empty', '-m', 'more'], { cwd });
        await git.output(['push', '--quiet', 'origin', 'main'], { cwd });
      } finally {
        codecommit.destroy();
        await git.dispose();
        await server.dispose();
      }
    },
  );
});
