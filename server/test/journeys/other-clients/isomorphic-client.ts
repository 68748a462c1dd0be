import * as fs from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';

// See client.ts for what each command is to do.

const [command = '', dir = '', branch = ''] = process.argv.slice(2);
const { CLIENT_URL: url = '', CLIENT_USER: username = '', CLIENT_PASSWORD: password = '' } = process.env;
const remote = { fs, http, dir, url, onAuth: () => ({ username, password }) };

if (command === 'clone') {
  await git.clone(remote);
} else if (command === 'push') {
  await writeFile(join(dir, 'from-client'), 'isomorphic-git\n');
  await git.add({ fs, dir, filepath: 'from-client' });
  const author = { name: 'I', email: 'i@example.com' };
  const tip = await git.commit({ fs, dir, message: 'From isomorphic-git', author });
  const result = await git.push({ ...remote, ref: 'main', remoteRef: `refs/heads/${branch}` });
  if (!result.ok) throw new Error(JSON.stringify(result));
  process.stdout.write(`${tip}\n`);
} else if (command === 'fetch') {
  const { fetchHead } = await git.fetch({ ...remote, ref: 'main' });
  process.stdout.write(`${fetchHead}\n`);
}
