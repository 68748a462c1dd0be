import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minimalEnvironment } from './clients.ts';
import { type GitClient, gitClient } from './git-client.ts';
import { outputOf, type ProcessResult, runProcess } from './processes.ts';

type KeyType = 'ed25519' | 'ecdsa-256' | 'ecdsa-384' | 'ecdsa-521' | 'rsa-2048';

/** The real `ssh`, and a git that uses it, with keys and known hosts of their own. */
export interface SshClient {
  readonly git: GitClient;
  /** Files of the private keys, by type. */
  keyFile(type: KeyType): string;
  /** Makes a key pair and returns the public key's line. */
  makeKey(type: KeyType): Promise<string>;
  /** Trusts these lines of known_hosts, and no other host. */
  trust(lines: string): Promise<void>;
  /** Options of ssh, for `GIT_SSH_COMMAND` or {@link ssh}. */
  options(type: KeyType, more?: readonly string[]): readonly string[];
  /** The environment for git with these options. */
  environment(type: KeyType, more?: readonly string[]): NodeJS.ProcessEnv;
  /** Runs ssh to its end. */
  ssh(args: readonly string[], input?: string): Promise<ProcessResult>;
  dispose(): Promise<void>;
}

/** A home folder for ssh and git. */
export async function sshClient(): Promise<SshClient> {
  const git = await gitClient();
  const knownHosts = join(git.home, 'known_hosts');
  const keyFile = (type: KeyType) => join(git.home, `key-${type}`);
  const env = { ...minimalEnvironment(), HOME: git.home };
  const options = (type: KeyType, more: readonly string[] = []) => [
    ...['-F', 'none', '-i', keyFile(type), '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
    ...['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'LogLevel=INFO'],
    ...more,
  ];
  return {
    git,
    keyFile,
    async makeKey(type) {
      const [algorithm = '', bits] = type.split('-');
      const size = bits === undefined ? [] : ['-b', bits];
      await outputOf('ssh-keygen', ['-q', '-t', algorithm, ...size, '-N', '', '-C', type, '-f', keyFile(type)], {
        env,
      });
      return readFile(`${keyFile(type)}.pub`, 'utf8');
    },
    trust: (lines) => writeFile(knownHosts, lines),
    options,
    environment: (type, more) => ({ GIT_SSH_COMMAND: ['ssh', ...options(type, more)].join(' ') }),
    ssh: (args, input) => runProcess('ssh', args, { env, ...(input !== undefined && { input }) }),
    dispose: () => git.dispose(),
  };
}
