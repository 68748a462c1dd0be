import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';

interface HostKey {
  readonly algorithm: string;
  /** Algorithm and base64. */
  readonly publicKey: string;
  /** OpenSSH's form of a private key. */
  readonly privateKey: string;
}

const generateKeyPair = promisify(
  (
    type: 'ed25519' | 'ecdsa' | 'rsa',
    options: { bits?: number },
    done: (error: Error | null, pair?: KeyPair) => void,
  ) => ssh2.utils.generateKeyPair(type as 'rsa', options as { bits: number }, done),
);

interface KeyPair {
  readonly public: string;
  readonly private: string;
}

const ATTEMPTS = 10;
const KINDS = [
  { algorithm: 'ssh-ed25519', type: 'ed25519', options: {} },
  { algorithm: 'ecdsa-sha2-nistp256', type: 'ecdsa', options: { bits: 256 } },
  { algorithm: 'ssh-rsa', type: 'rsa', options: { bits: 3072 } },
] as const;

/** The server's host keys, which the first of several nodes makes at the first start. Private keys are sealed. */
export async function openHostKeys(database: Database, sealer: Sealer): Promise<readonly HostKey[]> {
  const stored = await read(database);
  for (const kind of KINDS) {
    if (stored.some(({ algorithm }) => algorithm === kind.algorithm)) continue;
    const { publicKey, privateKey } = await make(kind);
    await database
      .insertInto('ssh_host_keys')
      .values({
        algorithm: kind.algorithm,
        public_key: publicKey,
        private_key: await sealer.seal(Buffer.from(privateKey), contextOf(kind.algorithm, publicKey)),
        created_at: Date.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const keys: HostKey[] = [];
  for (const { algorithm, public_key, private_key } of await read(database)) {
    const privateKey = await sealer.unseal(private_key, contextOf(algorithm, public_key));
    keys.push({ algorithm, publicKey: public_key, privateKey: privateKey.toString() });
  }
  const order = KINDS.map(({ algorithm }) => algorithm as string);
  return keys.sort((a, b) => order.indexOf(a.algorithm) - order.indexOf(b.algorithm));
}

function read(database: Database) {
  return database.selectFrom('ssh_host_keys').select(['algorithm', 'public_key', 'private_key']).execute();
}

function contextOf(algorithm: string, publicKey: string): Record<string, string> {
  return { purpose: 'ssh-host-key', algorithm, publicKey };
}

/** A key that signs, and whose signatures its public half takes. */
async function make({ algorithm, type, options }: (typeof KINDS)[number]): Promise<HostKey> {
  const { key, privateKey } = await generateReadable(type, options);
  const probe = Buffer.from(algorithm);
  const hash = type === 'rsa' ? 'sha512' : undefined;
  if (key.verify(probe, key.sign(probe, hash), hash) !== true)
    throw new Error(`the ${algorithm} host key does not sign`);
  return { algorithm, publicKey: `${algorithm} ${key.getPublicSSH().toString('base64')}`, privateKey };
}

/** ssh2 leaves out the zeros that one public key of Ed25519 in 256 begins with, and cannot read what it has made then. */
async function generateReadable(type: (typeof KINDS)[number]['type'], options: { bits?: number }) {
  let problem: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const pair = await generateKeyPair(type, options);
    if (pair === undefined) throw new Error(`no ${type} host key could be made`);
    // For OpenSSH's form ssh2 gives a list, of one key.
    const [key] = [ssh2.utils.parseKey(pair.private)].flat();
    if (key !== undefined && !(key instanceof Error)) return { key, privateKey: pair.private };
    problem = key;
  }
  throw new Error(`no ${type} host key that can be read could be made`, { cause: problem });
}
