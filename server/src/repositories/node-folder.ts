import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { makePrivateFolder } from '../storage/folders.ts';

const FOLDER_PREFIX = 'node-';
const SOCKET_NAME = 'alive';
/** A folder younger than this may belong to a node that is just starting. */
const STARTING_MS = 60_000;
/** What the kernel takes as the path of a socket, without the final NUL. */
const SOCKET_PATH_MAXIMUM = 103;
const COMFORTABLE_BYTES = 512 * 1024 * 1024;
const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;

/**
 * The part of the working copies' root that belongs to this process: gone when the process closes it, and swept by
 * the next one to start when the process was killed. A socket that accepts connections tells that its owner lives,
 * also across containers that share the storage.
 */
export class NodeFolder {
  readonly path: string;
  /** Free storage when the folder was made. */
  readonly availableBytes: number;
  readonly #alive: Server;

  private constructor(path: string, availableBytes: number, alive: Server) {
    this.path = path;
    this.availableBytes = availableBytes;
    this.#alive = alive;
  }

  static async make(root: string, onWarning: (message: string) => void): Promise<NodeFolder> {
    makePrivateFolder(root);
    await sweep(root);
    const availableBytes = await inspectStorage(root, onWarning);
    const path = await mkdtemp(join(root, FOLDER_PREFIX));
    const socket = join(path, SOCKET_NAME);
    if (Buffer.byteLength(socket) > SOCKET_PATH_MAXIMUM) {
      await rm(path, { recursive: true });
      throw new Error(`The path of the working copies is too long: ${root}`);
    }
    for (const folder of ['repositories', 'incoming', 'maintenance', 'leaving']) {
      await mkdir(join(path, folder), { mode: 0o700 });
    }
    return new NodeFolder(path, availableBytes, await listen(socket));
  }

  folderOf(kind: 'repositories' | 'incoming' | 'maintenance', name: string = randomUUID()): string {
    return join(this.path, kind, name);
  }

  /** Of its storage, now. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Takes a folder out of use at once and removes it. */
  async remove(folder: string): Promise<void> {
    const leaving = join(this.path, 'leaving', randomUUID());
    try {
      await rename(folder, leaving);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    await rm(leaving, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    await new Promise((resolve) => this.#alive.close(resolve));
  }
}

function listen(socket: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', reject);
    server.listen(socket, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Removes what processes that no longer live have left. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(root, name);
    if (!(await isInUse(folder))) await rm(folder, { recursive: true, force: true });
  }
}

async function isInUse(folder: string): Promise<boolean> {
  const failure = await connectionFailure(join(folder, SOCKET_NAME));
  if (failure === undefined) return true;
  if (failure === 'ECONNREFUSED') return false;
  if (failure !== 'ENOENT') return true;
  try {
    return Date.now() - (await stat(folder)).mtimeMs < STARTING_MS;
  } catch {
    return false;
  }
}

function connectionFailure(socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(undefined);
    });
    connection.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
  });
}

async function inspectStorage(root: string, onWarning: (message: string) => void): Promise<number> {
  const { type, bavail, bsize } = await statfs(root);
  if (type !== TMPFS_MAGIC && type !== RAMFS_MAGIC) {
    onWarning(`Working copies in ${root} are not on memory-backed storage: decrypted packs will rest on a disk`);
  }
  const availableBytes = bavail * bsize;
  if (availableBytes < COMFORTABLE_BYTES) {
    const free = Math.floor(availableBytes / (1024 * 1024));
    onWarning(
      `Only ${free} MB are free for working copies in ${root}: give the container a larger /dev/shm ` +
        '(docker run --shm-size=2g), or configure another folder',
    );
  }
  return availableBytes;
}
