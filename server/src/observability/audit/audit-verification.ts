import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from '../../storage/durability.ts';
import { auditFileNames, linesOf } from './audit-files.ts';
import { type ChainHead, isSameHash, lineHash, linkFault } from './hash-chain.ts';

interface AuditVerification {
  readonly files: number;
  readonly records: number;
  /** Number of the first line; more than 1 where older files have been taken away. */
  readonly firstSequence: number | undefined;
  /** A crash has cut the last line; the next start removes it. */
  readonly torn: boolean;
  /** The first thing that is wrong, with its place; undefined when everything is whole. */
  readonly fault: string | undefined;
}

/**
 * Checks the chain of the files in a folder. A server may be writing them.
 *
 * @param heads the ends of chains that the database knows, by chain: it is told of lines after they are written
 */
export async function verifyAuditFiles(
  folder: string,
  key: KeyObject,
  heads: ReadonlyMap<string, ChainHead>,
): Promise<AuditVerification> {
  const names = existsSync(folder) ? await auditFileNames(folder) : [];
  let head: ChainHead | undefined;
  let first: number | undefined;
  let known: ChainHead | undefined;
  let records = 0;
  let torn = false;
  const result = (fault?: string): AuditVerification => ({
    ...{ files: names.length, records, firstSequence: first, torn, fault },
  });
  for (const [index, name] of names.entries()) {
    const path = join(folder, name);
    const cut = await isCut(path);
    if (cut && index < names.length - 1) return result(`${name}: the last line is cut`);
    let number = 0;
    let unreadable: number | undefined;
    for await (const { text, line } of linesOf(path)) {
      number++;
      if (unreadable !== undefined) return result(`${name}: line ${unreadable} is no line of the audit trail`);
      if (line === undefined) {
        unreadable = number;
        continue;
      }
      // Where the files begin, nothing is there to compare with.
      const before: ChainHead = head ?? { chain: line.chain, sequence: line.sequence - 1, hash: line.previous };
      const fault = linkFault(line, before);
      if (fault !== undefined) return result(`${name}: line ${number} ${fault}`);
      first ??= line.sequence;
      head = { chain: line.chain, sequence: line.sequence, hash: lineHash(key, text) };
      known = heads.get(line.chain);
      if (known?.sequence === line.sequence && !isSameHash(known.hash, head.hash)) {
        return result(`${name}: line ${number} is not the one that the database was told of`);
      }
      records++;
    }
    if (unreadable !== undefined && !cut) return result(`${name}: line ${unreadable} is no line of the audit trail`);
    torn = cut;
  }
  if (known !== undefined && head !== undefined && known.sequence > head.sequence) {
    return result(`the lines ${head.sequence + 1} to ${known.sequence} are missing at the end`);
  }
  return result();
}

/** Whether the file ends without a newline. */
async function isCut(path: string): Promise<boolean> {
  return withFile(await open(path, 'r'), async (file) => {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  });
}
