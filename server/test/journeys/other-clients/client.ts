import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from '../../harness/clients.ts';
import { outputOf, type ProcessResult, runProcess } from '../../harness/processes.ts';

/** Environment of a run: the repository's URL, and who asks. */
export interface ClientAccess {
  readonly CLIENT_URL: string;
  readonly CLIENT_USER: string;
  readonly CLIENT_PASSWORD: string;
}

/**
 * A Git client other than git, as a small program that ends with an exit code other than 0 and a message on stderr when
 * the client fails:
 * - `clone FOLDER`,
 * - `push FOLDER BRANCH`: commits a file `from-client` and pushes it to a branch, printing the commit's ID,
 * - `fetch FOLDER`: fetches, printing where main is on the server.
 */
export interface OtherClient {
  readonly name: string;
  /** Why it cannot be run here; absent where it can. */
  readonly skipReason?: string;
  run(
    args: readonly ['clone' | 'fetch', string] | readonly ['push', string, string],
    who: ClientAccess,
  ): Promise<ProcessResult>;
}

const PYTHON = '/usr/bin/python3';
const JARS = ['org.eclipse.jgit', 'slf4j-api', 'slf4j-nop', 'javaewah'].map((name) => `/usr/share/java/${name}.jar`);

/** The clients that a test of them all has to do with. */
export async function otherClients(): Promise<readonly OtherClient[]> {
  return Promise.all([
    client('isomorphic-git', [process.execPath, programFile('isomorphic-client.ts')], () => Promise.resolve()),
    client('JGit', ['java', '-cp', JARS.join(':'), programFile('JGitClient.java')], async () => {
      await outputOf('javac', ['-version'], { env: minimalEnvironment() });
      for (const jar of JARS) await access(jar);
    }),
    pythonClient('dulwich', 'dulwich_client.py'),
    pythonClient('pygit2', 'pygit2_client.py'),
  ]);
}

function pythonClient(module: string, program: string): Promise<OtherClient> {
  return client(module, [PYTHON, programFile(program)], async () => {
    await outputOf(PYTHON, ['-c', `import ${module}`], { env: minimalEnvironment() });
  });
}

/** @throws Error where it is missing and CODEKEEP_TEST_REQUIRE_ALL=1 allows no skipped test */
async function client(
  name: string,
  [file, ...program]: readonly [string, ...string[]],
  probe: () => Promise<void>,
): Promise<OtherClient> {
  const run: OtherClient['run'] = (args, who) =>
    runProcess(file, [...program, ...args], { env: { ...minimalEnvironment(), ...who } });
  try {
    await probe();
    return { name, run };
  } catch (error) {
    const skipReason = `no ${name} here`;
    if (process.env.CODEKEEP_TEST_REQUIRE_ALL === '1') {
      throw new Error(`${skipReason}, and no test may be skipped`, { cause: error });
    }
    return { name, run, skipReason };
  }
}

function programFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
