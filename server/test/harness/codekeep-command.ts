import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from './clients.ts';
import { type ProcessResult, runProcess } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/**
 * Runs a `codekeep` command that ends by itself, in an environment that holds nothing but where programs are.
 *
 * @param environment further variables, such as `CODEKEEP_…` settings
 */
export function runCodekeep(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [MAIN, ...args], {
    // The default port may be taken.
    env: { ...minimalEnvironment(), CODEKEEP_SSH: '127.0.0.1:0', ...environment },
  });
}
