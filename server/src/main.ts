import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { closeAccountByHand, createFurtherAccount, reopenAccountByHand } from './account-commands.ts';
import { backUp } from './backup/backup.ts';
import { restore } from './backup/restore.ts';
import { readConfig, SETTINGS, type Setting, StartupError } from './config.ts';
import { type AccountOptions, type InitialAccount, initialise, isInitialised } from './initialise.ts';
import { secureOrigin } from './listeners.ts';
import { createLogger } from './observability/logger.ts';
import { type CodekeepServer, startServer } from './server.ts';
import { sshFingerprints } from './ssh-fingerprints.ts';
import { isSystemError } from './storage/durability.ts';
import { authorityFile } from './tls/local-authority.ts';
import { maintainByHand, verifyAuditByHand, verifyByHand } from './upkeep.ts';
import { howToTrust, welcome, welcomeBack } from './welcome.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('codekeep')
  .description('Private Git hosting that behaves like AWS CodeCommit')
  .version(version)
  // Commander's own way is a line for the error, one for its suggestion and one for the way to the help.
  .configureOutput({
    outputError: (text, write) => {
      const problem = text
        .replace(/^error: /, '')
        .trim()
        .replaceAll('\n', ' ');
      write(`codekeep: ${problem} (--help tells what there is)\n`);
    },
  });

program
  .command('serve')
  .description('serve a data folder that `codekeep init` made')
  .action(async (_options, command: Command) => {
    const config = readConfig(command.opts(), process.env);
    const server = await startServer(config, createLogger(config.logLevel ?? 'info'));
    await runUntilStopped(server);
  });

program
  .command('start')
  .description('make the first account if there is none, serve, and tell how to sign in')
  .action(async (_options, command: Command) => {
    const config = readConfig(command.opts(), process.env);
    const made = (await isInitialised(config)) ? undefined : await initialise(config, {});
    const server = await startServer(config, createLogger(config.logLevel ?? 'warn'));
    await runUntilStopped(server, made === undefined ? welcomeBack(server, config) : welcome(server, config, made));
  });

withAccountOptions(
  program
    .command('init')
    .description('make the first account of a new data folder')
    .option('--root-email <EMAIL>', "the root user's e-mail address (default: root@codekeep.localhost)"),
).action(async (options: AccountOptions & { json?: boolean }, command: Command) => {
  printAccount(await initialise(readConfig(command.opts(), process.env), options), options.json);
});

withAccountOptions(
  program
    .command('create-account')
    .description('make a further account, whose users and repositories are apart from all others')
    .requiredOption('--root-email <EMAIL>', "the root user's e-mail address"),
).action(async (options: AccountOptions & { rootEmail: string; json?: boolean }, command: Command) => {
  printAccount(await createFurtherAccount(readConfig(command.opts(), process.env), options), options.json);
});

program
  .command('close-account')
  .description('let nobody of an account in any more; its data stay for 90 days')
  .requiredOption('--account-id <ID>', 'twelve digits')
  .action(async ({ accountId }: { accountId: string }, command: Command) => {
    await closeAccountByHand(readConfig(command.opts(), process.env), accountId);
    writeLine(`${accountId} is closed`);
  });

program
  .command('reopen-account')
  .description('let the people of a closed account in again, within 90 days')
  .requiredOption('--account-id <ID>', 'twelve digits')
  .action(async ({ accountId }: { accountId: string }, command: Command) => {
    await reopenAccountByHand(readConfig(command.opts(), process.env), accountId);
    writeLine(`${accountId} is open`);
  });

/** Of `maintain` and `verify`, when they ran but a repository is not as it should be. */
const FAULTY_EXIT_CODE = 2;

program
  .command('maintain')
  .description('compact repositories now, and remove what nothing lists any more; a running server does so by itself')
  .option('--repository <NAME>', 'only this one (default: all)')
  .action(async (options: { repository?: string }, command: Command) => {
    const { repositories, faulty } = await maintainByHand(readConfig(command.opts(), process.env), {
      ...options,
      write: writeLine,
    });
    writeLine(`${repositories} maintained, ${faulty} failed`);
    if (faulty > 0) process.exitCode = FAULTY_EXIT_CODE;
  });

program
  .command('verify')
  .description('decrypt and check everything that is stored; exits with 2 when something is damaged')
  .option('--repository <NAME>', 'only this one (default: all)')
  .action(async (options: { repository?: string }, command: Command) => {
    const { repositories, faulty, isBehindAudit } = await verifyByHand(readConfig(command.opts(), process.env), {
      ...options,
      write: writeLine,
    });
    writeLine(`${repositories} checked, ${faulty} damaged`);
    if (faulty > 0 || isBehindAudit) process.exitCode = FAULTY_EXIT_CODE;
  });

program
  .command('backup')
  .description('copy an installation on SQLite, also while it is served; the root key is not copied')
  .requiredOption('--to <DIR>', 'the folder of the backup; what is there already is not copied again')
  .action(async ({ to }: { to: string }, command: Command) => {
    const { files, bytes } = await backUp(readConfig(command.opts(), process.env), to);
    writeLine(
      `${files} files with ${bytes} bytes are in ${to}. Without the root key nobody can read them: keep it apart.`,
    );
  });

program
  .command('restore')
  .description('make a new data folder of a backup; needs the root key')
  .requiredOption('--from <DIR>', 'the folder of the backup')
  .action(async ({ from }: { from: string }, command: Command) => {
    const config = readConfig(command.opts(), process.env);
    const { files, bytes } = await restore(config, from);
    writeLine(`${files} files with ${bytes} bytes are restored to ${config.data}. Serve it with the same root key.`);
  });

program
  .command('verify-audit')
  .description('check the chain of the audit trail; exits with 2 and names the first fault when it is broken')
  .action(async (_options, command: Command) => {
    const isWhole = await verifyAuditByHand(readConfig(command.opts(), process.env), writeLine);
    if (!isWhole) process.exitCode = FAULTY_EXIT_CODE;
  });

program
  .command('ssh-fingerprints')
  .description("print the fingerprints of the SSH server's host keys, and lines for known_hosts")
  .action(async (_options, command: Command) => {
    process.stdout.write(await sshFingerprints(readConfig(command.opts(), process.env)));
  });

program
  .command('ca')
  .description('tell how clients trust the certificate of the local authority')
  .action(async (_options, command: Command) => {
    const config = readConfig(command.opts(), process.env);
    if (config.tlsCertificate !== undefined) {
      throw new StartupError('a certificate of your own is configured: clients trust it by whoever signed it');
    }
    const file = authorityFile(config.data);
    if (!existsSync(file)) throw new StartupError(`no local authority in ${config.data} yet: codekeep serve makes it`);
    // The path alone on stdout, for `$(codekeep ca)`.
    process.stdout.write(`${file}\n`);
    process.stderr.write(howToTrust(file, secureOrigin(config)));
  });

for (const command of program.commands) {
  for (const { option, argument, variable, description } of Object.values<Setting>(SETTINGS)) {
    command.option(`--${option}${argument === undefined ? '' : ` <${argument}>`}`, `${description} [${variable}]`);
  }
  command.option('--config <FILE>', 'JSON file of these settings, under their camel-cased names [CODEKEEP_CONFIG]');
}

function withAccountOptions(command: Command): Command {
  return command
    .option('--account-id <ID>', 'twelve digits (default: a random one)')
    .option('--account-name <NAME>', 'what its people call it')
    .addOption(
      new Option('--root-password <PASSWORD>', "the root user's password (default: a random one)").env(
        'CODEKEEP_ROOT_PASSWORD',
      ),
    )
    .option('--access-key-id <ID>', "the root user's access key ID (default: a random one)")
    .addOption(
      new Option('--secret-access-key <KEY>', 'its secret access key (default: a random one)').env(
        'CODEKEEP_SECRET_ACCESS_KEY',
      ),
    )
    .option('--json', 'print what was made as one JSON object');
}

function printAccount(account: InitialAccount, asJson = false): void {
  const lines = Object.entries(account).map(([name, value]) => `${name}: ${value}`);
  process.stdout.write(asJson ? `${JSON.stringify(account)}\n` : `${lines.join('\n')}\n`);
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Tells of readiness, and resolves when a signal has come and everything that ran has finished. */
async function runUntilStopped(server: CodekeepServer, welcoming = ''): Promise<void> {
  const stopped = untilStopped();
  process.stdout.write(welcoming);
  // The line that scripts wait for.
  process.stdout.write(`codekeep ready ${JSON.stringify(server.addresses)}\n`);
  await stopped;
  await server.close();
}

/** The terminal and npm each pass on the same Ctrl-C: what follows this soon is no second one. */
const SAME_SIGNAL_MS = 3_000;

/** Resolves with the first SIGTERM or SIGINT; a later one ends the process at once. Begins before anybody is told of readiness. */
function untilStopped(): Promise<void> {
  return new Promise<void>((resolve) => {
    let stoppedAt: number | undefined;
    const stop = (exitCode: number) => {
      stoppedAt ??= performance.now();
      if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(exitCode);
      resolve();
    };
    process.on('SIGTERM', () => stop(143)).on('SIGINT', () => stop(130));
  });
}

/** What the operator is told; anything else is a fault of the program, and told whole. */
function lineFor(error: unknown): string {
  if (['EMFILE', 'ENFILE'].some((code) => isSystemError(error, code) || isSystemError((error as Error).cause, code))) {
    return 'too many open files: raise the limit of file descriptors (ulimit -n) to 1024 or more';
  }
  if (error instanceof StartupError || error instanceof InvalidArgumentError) return error.message;
  throw error;
}

try {
  await program.parseAsync();
  process.exitCode ??= 0;
} catch (error) {
  process.stderr.write(`codekeep: ${lineFor(error)}\n`);
  process.exitCode = 1;
}
