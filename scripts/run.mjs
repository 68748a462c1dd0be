// Runs a tool of this clone, after installing exactly what package-lock.json names and, where the tool serves it, building
// the console: `node scripts/run.mjs TOOL ARGUMENTS…`.
// Runs on the machine's own Node, which may be older than the one Codekeep needs, so it uses nothing but Node's oldest ways.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binaries = join(root, 'node_modules', '.bin');
const ORPHAN_CHECK_MS = 200;
/** Tools that serve the console, or end without doing anything else. */
const NEED_CONSOLE = ['codekeep', 'vitest', 'build'];

installLocked();
if (NEED_CONSOLE.includes(process.argv[2])) buildConsole();
if (process.argv[2] !== 'build') run(process.argv[2], process.argv.slice(3));

function installLocked() {
  const stamp = join(root, 'node_modules', '.codekeep-lock');
  const lock = hashOf([join(root, 'package-lock.json')]);
  if (isStamped(stamp, lock)) return;
  process.stderr.write('Installing the locked dependencies (once)…\n');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  runQuietly('npm ci', command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund']);
  writeFileSync(stamp, lock);
}

/** Into `console/dist`, when that is missing or made of other sources. */
function buildConsole() {
  const folder = join(root, 'console');
  const output = join(folder, 'dist');
  const server = join(root, 'server', 'src');
  const shared = [
    join(server, 'gateways', 'console', 'messages.ts'),
    join(server, 'services', 'codecommit', 'extensions', 'schemas.ts'),
  ];
  const sources = hashOf([join(root, 'package-lock.json'), ...shared, ...sourceFiles(folder)]);
  if (isStamped(join(output, '.sources'), sources)) return;
  process.stderr.write('Building the console (once)…\n');
  // Beside it, so that nothing ever reads half of a build.
  const made = `${output}-${process.pid}`;
  runQuietly('Building the console', join(binaries, 'vite'), ['build', folder, '--outDir', made, '--emptyOutDir']);
  writeFileSync(join(made, '.sources'), sources);
  rmSync(output, { recursive: true, force: true });
  renameSync(made, output);
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !/^(dist.*|node_modules)$/.test(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sourceFiles(path) : [path];
    })
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function isStamped(stamp, value) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === value;
}

/** What a tool says is of use only when it fails. */
function runQuietly(what, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: toolEnvironment(),
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? error}\n${what} failed.\n`);
  process.exit(1);
}

function toolEnvironment() {
  return { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` };
}

function run(tool, args) {
  const child = spawn(join(binaries, tool), args, {
    stdio: 'inherit',
    env: toolEnvironment(),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // The shell that npm starts between itself and this may die of a signal without passing it on.
  if (process.env.npm_command !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), ORPHAN_CHECK_MS);
  }
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
