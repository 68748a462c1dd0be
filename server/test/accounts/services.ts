import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { GitCredentials } from '../../src/access/authentication/git-credentials.ts';
import { SessionTokens } from '../../src/access/authentication/session-tokens.ts';
import { ProviderKeys } from '../../src/access/web-identity/provider-keys.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { cloudtrailOperations } from '../../src/services/cloudtrail/operations.ts';
import { codecommitOperations } from '../../src/services/codecommit/operations.ts';
import { destroyRepository } from '../../src/services/codecommit/repositories.ts';
import { iamOperations } from '../../src/services/iam/operations.ts';
import { KeyUse } from '../../src/services/kms/key-use.ts';
import { kmsOperations } from '../../src/services/kms/operations.ts';
import type { Call, Operation } from '../../src/services/operation.ts';
import { stsOperations } from '../../src/services/sts/operations.ts';
import { FileBlobStore } from '../../src/storage/blobs/file-blob-store.ts';
import type { Database } from '../../src/storage/database/database.ts';
import { RootKey } from '../../src/storage/encryption/root-key.ts';
import { Sealer } from '../../src/storage/encryption/sealing.ts';
import type { databaseEngines } from '../harness/databases.ts';
import { temporaryFolder } from '../harness/temporary-folders.ts';

export const REGION = 'us-east-1';

export type ServiceName = 'iam' | 'sts' | 'kms' | 'codecommit' | 'cloudtrail';

/** Every service that takes signed requests, on one set of stores, without a gateway. */
export interface AllServices {
  readonly database: Database;
  readonly sealer: Sealer;
  /** Names of all operations of a service. */
  operations(service: ServiceName): readonly string[];
  schemaOf(service: ServiceName, operation: string): Operation<unknown>['schema'];
  // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
  run(call: Call, service: ServiceName, operation: string, input: object): Promise<any>;
  /** What maintenance does with repositories of closed accounts. */
  destroyRepository(repositoryId: string): Promise<unknown>;
  /** Every row that there is, without the counter of changes that all accounts share. */
  rows(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openServices(engine: (typeof databaseEngines)[number]): Promise<AllServices> {
  const { database, close } = await engine.open();
  const folder = await temporaryFolder('accounts', { inMemory: true });
  const rootKey = RootKey.fromBase64(randomBytes(32).toString('base64'));
  const sealer = new Sealer(rootKey);
  const repositories = await Repositories.open({
    database,
    blobs: await FileBlobStore.open(join(folder.path, 'blobs')),
    workingCopyRoot: join(folder.path, 'working-copies'),
  });
  const endpoint = {
    cloneUrlHttp: (region: string, name: string) => `https://git.${region}.example.com/v1/repos/${name}`,
    cloneUrlSsh: (region: string, name: string) => `ssh://git.${region}.example.com/v1/repos/${name}`,
  };
  const tables: Readonly<Record<ServiceName, Table>> = {
    iam: table(iamOperations, { database, sealer, gitCredentials: new GitCredentials(database, rootKey) }),
    sts: table(stsOperations, {
      database,
      sealer,
      sessionTokens: new SessionTokens(sealer, rootKey),
      providerKeys: new ProviderKeys(false),
    }),
    kms: table(kmsOperations, { database, sealer }),
    codecommit: table(codecommitOperations, { database, keys: new KeyUse(database, sealer), repositories, endpoint }),
    cloudtrail: table(cloudtrailOperations, { database, audit: { flush: async () => {} } }),
  };
  return {
    database,
    sealer,
    operations: (service) => tables[service].names,
    schemaOf: (service, operation) => tables[service].schemaOf(operation),
    run: (call, service, operation, input) => tables[service].run(operation, call, input),
    destroyRepository: (repositoryId) => destroyRepository({ database, repositories }, repositoryId),
    rows: () => rowsOf(database),
    async close() {
      await repositories.close();
      await close();
      await folder.remove();
    },
  };
}

async function rowsOf(database: Database): Promise<string[]> {
  const tables = (await database.introspection.getTables()).map(({ name }) => name).sort();
  const found = [];
  for (const table of tables.filter((name) => name !== 'access_generation')) {
    const read = await database
      .selectFrom(table as 'users')
      .selectAll()
      .execute();
    found.push(...read.map((row) => `${table} ${JSON.stringify(row)}`).sort());
  }
  return found;
}

interface Table {
  readonly names: readonly string[];
  schemaOf(operation: string): Operation<unknown>['schema'];
  run(operation: string, call: Call, input: object): Promise<object>;
}

function table<Services>(operations: ReadonlyMap<string, Operation<Services>>, services: Services): Table {
  const find = (name: string) => {
    const operation = operations.get(name);
    if (operation === undefined) throw new Error(`There is no operation ${name}`);
    return operation;
  };
  return {
    names: [...operations.keys()],
    schemaOf: (name) => find(name).schema,
    run: (name, call, input) => find(name).run(services, call, input),
  };
}
