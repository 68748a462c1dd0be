import { Buffer } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialiseBareRepository, writePackedReferences } from './bare-repository.ts';
import { type OfferedCommands, readOffered } from './command-request.ts';
import type { Git } from './git-process.ts';
import { lineOf, PacketReader } from './pkt-line.ts';

/** What our own receive-pack does; git may offer more. */
const RECEIVE_PACK_CAPABILITIES = new Set([
  'report-status',
  'report-status-v2',
  'delete-refs',
  'side-band-64k',
  'quiet',
  'atomic',
  'ofs-delta',
  'push-options',
  'object-format=sha1',
]);
const SYMREF = 'symref=HEAD:refs/heads/main';
const COMMIT = `tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author Codekeep <> 0 +0000
committer Codekeep <> 0 +0000

`;

/** What the installed git can do: found out by asking it, so that nothing is promised that it has not. */
export interface GitCapabilities {
  /** Of version 0 and 1, separated by spaces, before and after the place where git names the target of HEAD. */
  readonly uploadPack: { readonly beforeSymref: string; readonly afterSymref: string };
  readonly receivePack: string;
  /** The whole answer to a version 2 discovery. */
  readonly version2: Buffer;
  /** The same, read. */
  readonly offered: OfferedCommands;
}

/** Asks git in a throw-away repository within `folder`. */
export async function readCapabilities(git: Git, folder: string): Promise<GitCapabilities> {
  const directory = await mkdtemp(join(folder, 'capabilities-'));
  try {
    await initialiseBareRepository(directory);
    await writeFile(join(directory, 'HEAD'), 'ref: refs/heads/main\n');
    const commit = await run(
      git,
      directory,
      ['hash-object', '-w', '-t', 'commit', '--stdin', '--literally'],
      0,
      COMMIT,
    );
    await writePackedReferences(directory, [{ name: 'refs/heads/main', objectId: commit.trim(), peeledId: null }]);
    const upload = await offered(git, directory, 'upload-pack');
    const receive = await offered(git, directory, 'receive-pack');
    const [beforeSymref, afterSymref] = upload.split(SYMREF);
    if (beforeSymref === undefined || afterSymref === undefined) {
      throw new Error(`git ${git.version} does not name the target of HEAD: ${upload}`);
    }
    const version2 = await discovery(git, directory, 'upload-pack', 2);
    return {
      uploadPack: { beforeSymref: beforeSymref.trim(), afterSymref: afterSymref.trim() },
      receivePack: receive
        .split(' ')
        .filter((name) => RECEIVE_PACK_CAPABILITIES.has(name) || name.startsWith('agent='))
        .join(' '),
      version2,
      offered: await readOffered(version2),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function offered(git: Git, directory: string, service: string): Promise<string> {
  const reader = PacketReader.of(await discovery(git, directory, service, 0));
  const first = await reader.read();
  const [, capabilities] = first instanceof Buffer ? lineOf(first).split('\0') : [];
  if (capabilities === undefined) throw new Error(`git ${service} of ${git.version} announces no capabilities`);
  return capabilities;
}

async function discovery(git: Git, directory: string, service: string, version: number): Promise<Buffer> {
  return Buffer.from(await run(git, directory, [service, '--stateless-rpc', '--http-backend-info-refs', '.'], version));
}

function run(git: Git, directory: string, args: readonly string[], version: number, input?: string): Promise<string> {
  return git.run(
    {
      kind: 'inspect',
      repositoryId: '',
      arguments: args,
      directory,
      environment: { GIT_PROTOCOL: `version=${version}` },
    },
    input,
  );
}
