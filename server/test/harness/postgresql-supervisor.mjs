// Runs a PostgreSQL server until standard input ends, then ends the server and removes its folder. Standard input is a pipe
// that the test run holds: it ends when that process ends, however that was, so no server is ever left behind.
// Called as: node postgresql-supervisor.mjs FOLDER COMMAND ARGUMENTS… , as the user that owns FOLDER.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const [folder, command, ...args] = process.argv.slice(2);
const server = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
let stopping = false;
process.stdin.resume().on('end', stop).on('error', stop);
// A Ctrl+C in the terminal reaches this process too; the test run decides when the server ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
server.on('close', () => {
  if (stopping) rmSync(folder, { recursive: true, force: true });
  process.stdin.destroy();
});

function stop() {
  stopping = true;
  // An immediate shutdown: the data is thrown away.
  server.kill('SIGQUIT');
}
