import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auditFileNames, linesOf } from './audit-files.ts';
import { isTold, type ToldHeads } from './told-heads.ts';

interface UntoldChanges {
  readonly count: number;
  /** Event name and time of the newest, in ISO 8601. */
  readonly newest: string;
}

/**
 * The changes in the files of a folder that come after what the database was told of. A stopped server leaves none, a
 * crash those of its last moments; more of them mean that the database has lost its end, or is an older copy.
 *
 * @returns undefined when the database was told of all
 */
export async function untoldChanges(folder: string, heads: ToldHeads): Promise<UntoldChanges | undefined> {
  if (!existsSync(folder)) return undefined;
  let count = 0;
  let newest = '';
  for (const name of await auditFileNames(folder)) {
    for await (const { line } of linesOf(join(folder, name))) {
      if (line === undefined || isTold(line, heads)) continue;
      const { readOnly, eventName, eventTime } = line.record as Partial<Record<string, unknown>>;
      if (readOnly !== false) continue;
      count++;
      newest = `${eventName} at ${eventTime}`;
    }
  }
  return count === 0 ? undefined : { count, newest };
}
