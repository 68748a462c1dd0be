import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minimalEnvironment } from './clients.ts';
import { outputOf, type ProcessOptions, type ProcessResult, runProcess } from './processes.ts';
import { temporaryFolder } from './temporary-folders.ts';

interface GitOptions extends Partial<ProcessOptions> {
  readonly env?: NodeJS.ProcessEnv;
}

/** The real `git`, with a home and a configuration of its own. */
export interface GitClient {
  readonly home: string;
  /** Runs git to its end, whatever its exit code. */
  run(args: readonly string[], options?: GitOptions): Promise<ProcessResult>;
  /** @returns stdout without the last newline; rejects with a ProcessFailure unless git exits with 0 */
  output(args: readonly string[], options?: GitOptions): Promise<string>;
  dispose(): Promise<void>;
}

/** As a credential store file holds it; user name and password as IAM returned them, not encoded. */
export interface GitCredential {
  /** Of the server: scheme, host and port. */
  readonly url: string;
  readonly userName: string;
  readonly password: string;
}

const CONFIGURATION = `[user]
	name = Ana Muñoz
	email = ana@example.com
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
[credential]
	helper = store
`;

/** A git without credentials, or with those of a credential store, as `git credential-store` percent-encodes them. */
export async function gitClient(credentials: readonly GitCredential[] = []): Promise<GitClient> {
  const folder = await temporaryFolder('git-home');
  const home = folder.path;
  await writeFile(join(home, '.gitconfig'), CONFIGURATION);
  await writeFile(join(home, '.git-credentials'), credentials.map(credentialLine).join(''), { mode: 0o600 });
  const env = {
    ...minimalEnvironment(),
    HOME: home,
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  const processOptions = (options: GitOptions): ProcessOptions => ({
    cwd: home,
    ...options,
    env: { ...env, ...options.env },
  });
  return {
    home,
    run: (args, options = {}) => runProcess('git', args, processOptions(options)),
    output: async (args, options = {}) => (await outputOf('git', args, processOptions(options))).replace(/\n$/, ''),
    dispose: () => folder.remove(),
  };
}

function credentialLine({ url, userName, password }: GitCredential): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${encodeURIComponent(userName)}:${encodeURIComponent(password)}@${host}\n`;
}
