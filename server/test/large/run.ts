import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createGitUser, createRepository, uploadSshKey } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { gitClient } from '../harness/git-client.ts';
import { Random } from '../harness/random.ts';
import { sshClient } from '../harness/ssh-client.ts';

const USAGE = `Usage: npm run test:large -- [options]
  --megabytes N   of a repository that does not compress (default: 2200)
Pushes it and clones it over HTTP and, with a new session key every 256 MB, over SSH. Needs five times as much disk and
twice as much memory.
`;
const FILE_BYTES = 100_000_000;
const MIB = 1024 * 1024;
/** What a push may take of the server's memory, whatever its size. */
const PUSH_BOUND = 512 * MIB;
/** Clones leave their answers in the response cache of 1 GiB. */
const CLONE_BOUND = PUSH_BOUND + 1024 * MIB;
const USER = 'ana';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '2200' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const files = Math.ceil((Number(values.megabytes) * 1_000_000) / FILE_BYTES);
if (!Number.isSafeInteger(files) || files < 1) throw new Error(USAGE);
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(exitCode));
}

const server = await startCodekeep({ settings: { CODEKEEP_LOG_LEVEL: 'warn' } });
const git = await gitClient([await createGitUser(server, USER)]);
const ssh = await sshClient();
try {
  const repository = await createRepository(server, 'large');
  const work = join(git.home, 'work');
  const quick = ['-c', 'core.compression=0', '-c', 'core.bigFileThreshold=1m'];
  await git.output(['init', '-q', work]);
  const random = new Random(1);
  for (let file = 0; file < files; file++) await writeFile(join(work, `${file}.bin`), random.bytes(FILE_BYTES));
  await git.output([...quick, 'add', '.'], { cwd: work });
  await git.output(['commit', '-q', '-m', 'large'], { cwd: work });
  const objects = await git.output(['rev-list', '--objects', '--all'], { cwd: work });

  await step(server, `push of ${files * 100} MB over HTTP`, PUSH_BOUND, () =>
    git.output([...quick, 'push', '-q', repository, 'main'], { cwd: work }),
  );
  await step(server, 'clone over HTTP', CLONE_BOUND, () =>
    git.output([...quick, 'clone', '-q', '--bare', repository, 'http.git']),
  );

  const keyId = await uploadSshKey(server, USER, await ssh.makeKey('ed25519'));
  const { host } = new URL(server.sshUrl);
  const hostKeys = await runCodekeep(['ssh-fingerprints', '--data', server.dataDir, '--ssh', host]);
  await ssh.trust(hostKeys.stdout.trimEnd().split('\n').slice(3).join('\n'));
  const env = ssh.environment('ed25519', ['-o', 'RekeyLimit=256M']);
  const url = `ssh://${keyId}@${host}/v1/repos/large`;
  await step(server, 'clone over SSH, a new session key every 256 MB', CLONE_BOUND, () =>
    ssh.git.output([...quick, 'clone', '-q', '--bare', url, 'ssh.git'], { env }),
  );

  for (const clone of [join(git.home, 'http.git'), join(ssh.git.home, 'ssh.git')]) {
    await git.output(['fsck', '--full'], { cwd: clone });
    const cloned = await git.output(['rev-list', '--objects', '--all'], { cwd: clone });
    if (cloned !== objects) throw new Error(`${clone} has other objects than were pushed`);
  }
  process.stdout.write('passed: both clones are whole\n');
} catch (error) {
  process.stdout.write(`${String(error)}\n\nThe server's log:\n${server.log()}\n`);
  process.exitCode = 1;
} finally {
  await ssh.dispose();
  await git.dispose();
  await server.dispose();
}

/** @throws Error when the server took more memory at any moment since its start than `bound`, in bytes */
async function step(served: CodekeepServer, title: string, bound: number, work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const status = await readFile(`/proc/${served.pid}/status`, 'utf8');
  const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  process.stdout.write(`${title}: ${seconds.toFixed(1)} s, at most ${Math.round(peak / MIB)} MiB of memory so far\n`);
  if (!(peak < bound)) throw new Error(`${title} took ${peak} bytes of memory; the bound is ${bound}`);
}
