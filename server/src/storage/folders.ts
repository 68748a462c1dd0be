import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o700;

/**
 * Makes a folder, and those above it that are missing, for its owner alone.
 *
 * Not by Node's recursive mkdir: that never returns where a folder exists but takes no entries, as below /proc.
 */
export function makePrivateFolder(path: string): void {
  if (existsSync(path)) return;
  makePrivateFolder(dirname(path));
  mkdirSync(path, { mode: OWNER_ONLY });
}
