import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Config, DEFAULT_SSH, StartupError } from './config.ts';
import { type Database, openDatabaseToRead } from './storage/database/database.ts';
import { databaseLocation } from './stores.ts';

const NO_KEYS = 'no SSH host keys yet: the first start with SSH makes them';

/**
 * What users compare when ssh asks whether they trust the host: for each host key its SHA-256 fingerprint as ssh shows
 * it, and a line for known_hosts. A server may run meanwhile.
 *
 * @throws StartupError when there is no installation, or no server has made the keys yet
 */
export async function sshFingerprints(config: Config): Promise<string> {
  const location = databaseLocation(config);
  if ('sqliteFile' in location && !existsSync(location.sqliteFile)) throw new StartupError(NO_KEYS);
  const database = openDatabaseToRead(location);
  try {
    const keys = await readPublicKeys(database);
    if (keys.length === 0) throw new StartupError(NO_KEYS);
    const host = knownHost(config);
    const fingerprints = keys.map((key) => `${key.algorithm} ${fingerprintOf(key.public_key)}`);
    const lines = keys.map((key) => `${host} ${key.public_key}`);
    return `${[...fingerprints, ...lines].join('\n')}\n`;
  } finally {
    await database.destroy();
  }
}

/** None when the schema is older than the table. */
async function readPublicKeys(database: Database) {
  const tables = await database.introspection.getTables();
  if (!tables.some(({ name }) => name === 'ssh_host_keys')) return [];
  return database.selectFrom('ssh_host_keys').select(['algorithm', 'public_key']).orderBy('algorithm').execute();
}

function fingerprintOf(publicKey: string): string {
  const [, base64 = ''] = publicKey.split(' ');
  return `SHA256:${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** The server under the name and port that users write, in the form of known_hosts. */
function knownHost({ publicUrl, publicSshPort, ssh }: Config): string {
  const listening = ssh === undefined || ssh === 'off' ? DEFAULT_SSH : ssh;
  const host = publicUrl?.hostname ?? listening.host;
  const port = publicSshPort ?? listening.port;
  return port === 22 ? host : `[${host.replace(/^\[|\]$/g, '')}]:${port}`;
}
