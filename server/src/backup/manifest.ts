import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RootKey } from '../storage/encryption/root-key.ts';

/** Written last: a folder without it is no backup. */
export const MANIFEST = 'manifest.json';
const PURPOSE = 'backup manifest';

/** A file of a backup, as it is stored. */
export interface BackedUpFile {
  /** Below the backup's folder, and below the data folder that is restored. */
  readonly path: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

interface Contents {
  readonly version: 1;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly files: readonly BackedUpFile[];
}

/** A backup is not whole, or not what was backed up; the message is for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The manifest's text, sealed under the root key. */
export function manifestOf(contents: Contents, rootKey: RootKey): string {
  return `${JSON.stringify({ ...contents, seal: sealOf(contents, rootKey) }, undefined, 1)}\n`;
}

/** @throws BackupError */
export async function readManifest(folder: string, rootKey: RootKey): Promise<Contents> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => {
    throw new BackupError(`there is no whole backup in ${folder}: it has no ${MANIFEST}`);
  });
  const { seal, ...contents } = parsed(text) as Contents & { seal?: unknown };
  const expected = Buffer.from(sealOf(contents, rootKey));
  const actual = Buffer.from(String(seal));
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new BackupError('the manifest was altered, or made under another root key');
  }
  return contents;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BackupError(`the ${MANIFEST} is no JSON`);
  }
}

function sealOf(contents: Contents, rootKey: RootKey): string {
  return createHmac('sha256', rootKey.derive(PURPOSE)).update(JSON.stringify(contents)).digest('hex');
}

/** What a file holds. */
export async function described(folder: string, path: string): Promise<BackedUpFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(join(folder, path)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { path, bytes, sha256: hash.digest('hex') };
}
