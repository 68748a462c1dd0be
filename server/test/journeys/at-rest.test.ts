import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabaseToRead } from '../../src/storage/database/database.ts';
import { RootKey } from '../../src/storage/encryption/root-key.ts';
import { Sealer } from '../../src/storage/encryption/sealing.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// Nothing readable rests on disk: the whole data folder and the whole database are searched.

const git = await requireClient('git');

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? git.skipReason;
  describe.skipIf(skipReason)(`at rest on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient;
    let work: string;
    const secrets = new Map<string, string | Buffer>();
    const marker = `marker-${randomBytes(16).toString('hex')}`;

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      const { account } = codekeep.server;
      const credential = await createGitUser(codekeep.server, 'keeper');
      secrets.set('Git password', credential.password);
      secrets.set('root password', account.rootPassword);
      secrets.set("root's secret access key", account.secretAccessKey);
      secrets.set('secret access key of a user', await userSecretAccessKey('keeper'));
      secrets.set('pushed content', marker);

      for (const [name, material] of await keyMaterials()) secrets.set(name, material);

      client = await gitClient([credential]);
      work = join(client.home, 'work');
      await client.output(['clone', '-q', await createRepository(codekeep.server, 'kept'), work]);
      // Stored as it is, so that a pack that is not encrypted would show it.
      await client.output(['config', 'core.compression', '0'], { cwd: work });
      await writeFile(join(work, 'secret.txt'), `${marker}\n`);
      await client.output(['add', 'secret.txt'], { cwd: work });
      await client.output(['commit', '-q', '-m', `Keep ${marker}`], { cwd: work });
      await client.output(['push', '-q', 'origin', 'main'], { cwd: work });
    });
    afterAll(async () => {
      await client?.dispose();
      await codekeep?.dispose();
    });

    async function userSecretAccessKey(userName: string): Promise<string> {
      const { url, account } = codekeep.server;
      const { region, accessKeyId, secretAccessKey } = account;
      const iam = new IAMClient({ endpoint: url, region, credentials: { accessKeyId, secretAccessKey } });
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: userName }));
      return AccessKey?.SecretAccessKey ?? '';
    }

    /** Of keys of every kind, opened with the root key as the server does. */
    async function keyMaterials(): Promise<[string, Buffer][]> {
      const { url, account, dataDir } = codekeep.server;
      const { region, accessKeyId, secretAccessKey } = account;
      const kms = new KMSClient({ endpoint: url, region, credentials: { accessKeyId, secretAccessKey } });
      const { databaseUrl: postgresqlUrl } = codekeep;
      const location =
        postgresqlUrl === undefined ? { sqliteFile: join(dataDir, 'codekeep.sqlite') } : { postgresqlUrl };
      const database = openDatabaseToRead(location);
      try {
        await kms.send(new CreateKeyCommand({}));
        await kms.send(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
        await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
        const sealer = new Sealer(await RootKey.fromFile(join(dataDir, 'root.key')));
        const rows = await database.selectFrom('kms_key_materials').selectAll().execute();
        expect(rows).toHaveLength(3);
        return await Promise.all(
          rows.map(async ({ key_id: keyId, version, material }): Promise<[string, Buffer]> => {
            const context = { purpose: 'kms-key-material', keyId, version: String(version) };
            return [`material of key ${keyId}`, await sealer.unseal(material, context)];
          }),
        );
      } finally {
        kms.destroy();
        await database.destroy();
      }
    }

    async function expectNoSecretIn(places: ReadonlyMap<string, Buffer>): Promise<void> {
      for (const [name, secret] of secrets) {
        expect(secret.length).toBeGreaterThan(15);
        for (const form of formsOf(secret)) {
          const found = [...places].filter(([, content]) => content.includes(form)).map(([place]) => place);
          expect(found, `${name} as ${form.length} bytes`).toEqual([]);
        }
      }
    }

    it('could be found where nothing is encrypted', async () => {
      const places = await filesBelow(join(work, '.git'));
      expect([...places].some(([, content]) => content.includes(marker))).toBe(true);
    });

    it('is nowhere in the data folder while the server runs', async () => {
      const places = await filesBelow(codekeep.server.dataDir);
      expect([...places.keys()].some((path) => path.endsWith('.pack'))).toBe(true);
      await expectNoSecretIn(places);
    });

    // SQLite's file is in the data folder.
    if (engine.name === 'postgresql') {
      it('is nowhere in PostgreSQL', async () => {
        const tables = await tablesOf(codekeep.databaseUrl ?? '');
        expect(tables.get('repositories')?.includes('kept')).toBe(true);
        await expectNoSecretIn(tables);
      });
    }

    it("is neither in the server's command line nor in its log", async () => {
      const commandLine = await readFile(`/proc/${codekeep.server.pid}/cmdline`);
      await expectNoSecretIn(
        new Map([
          ['command line', commandLine],
          ['log', Buffer.from(codekeep.server.log())],
        ]),
      );
    });

    it('leaves the memory when the server is killed', async () => {
      expect(await readdir(codekeep.server.workingCopies)).toHaveLength(1);
      await codekeep.server.kill();
      await expect.poll(() => readdir(codekeep.server.workingCopies)).toEqual([]);
      await codekeep.server.restart();
    });

    it('is nowhere in the data folder after the server has stopped', async () => {
      await codekeep.server.stop();
      await expectNoSecretIn(await filesBelow(codekeep.server.dataDir));
      expect(await readdir(codekeep.server.workingCopies)).toEqual([]);
    });
  });
}

function formsOf(secret: string | Buffer): Buffer[] {
  const bytes = Buffer.from(secret);
  // Base64 of a secret inside something larger looks different at each of three offsets; its middle is the same.
  const shifted = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [bytes, ...[bytes.toString('hex'), ...shifted].map((form) => Buffer.from(form))];
}

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, await readFile(path));
  }
  return files;
}

/** Every row of every table as PostgreSQL writes it, its bytes decoded. */
async function tablesOf(url: string): Promise<Map<string, Buffer>> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    const tables = await connection.query("select tablename from pg_tables where schemaname = 'public'");
    const contents = new Map<string, Buffer>();
    for (const { tablename } of tables.rows) {
      const { rows } = await connection.query(`select * from "${tablename}"`);
      const values = rows.flatMap((row) => Object.values(row));
      contents.set(
        tablename,
        Buffer.concat(values.map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value))))),
      );
    }
    return contents;
  } finally {
    await connection.end();
  }
}
