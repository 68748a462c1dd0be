import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { compilePolicy } from '../../src/access/policy/compiled-policy.ts';
import type { Principal } from '../../src/access/principal.ts';
import { rootPrincipal } from '../../src/access/principals.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { type CodecommitServices, codecommitOperations } from '../../src/services/codecommit/operations.ts';
import { KeyUse } from '../../src/services/kms/key-use.ts';
import { kmsOperations } from '../../src/services/kms/operations.ts';
import type { Call } from '../../src/services/operation.ts';
import { FileBlobStore } from '../../src/storage/blobs/file-blob-store.ts';
import { RootKey } from '../../src/storage/encryption/root-key.ts';
import { Sealer } from '../../src/storage/encryption/sealing.ts';
import type { databaseEngines } from './databases.ts';
import { temporaryFolder } from './temporary-folders.ts';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '999900001111';
export const REGION = 'us-east-1';

/** Who calls and from where; root of {@link ACCOUNT} in {@link REGION} unless told. */
interface Caller {
  readonly principal?: Principal;
  readonly region?: string;
}

/** The CodeCommit service on real stores of its own, without a gateway. */
export interface CodecommitFixture {
  readonly services: CodecommitServices;
  readonly sealer: Sealer;
  /** The folder below which git works. */
  readonly workingCopies: string;
  /**
   * Runs an operation as a gateway would.
   *
   * @returns its output
   */
  // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation, and tests compare them whole
  run(operationName: string, input: object, caller?: Caller): Promise<any>;
  /** The same for an operation of KMS, on the same keys. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  runKms(operationName: string, input: object, caller?: Caller): Promise<any>;
  dispose(): Promise<void>;
}

export async function codecommitFixture(engine: (typeof databaseEngines)[number]): Promise<CodecommitFixture> {
  const { database, close } = await engine.open();
  const folder = await temporaryFolder('codecommit', { inMemory: true });
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    await database
      .insertInto('accounts')
      .values({ account_id: accountId, root_email: `${accountId}@example.com`, root_password_hash: '', created_at: 0 })
      .execute();
  }
  const sealer = new Sealer(RootKey.fromBase64(randomBytes(32).toString('base64')));
  const workingCopies = join(folder.path, 'working-copies');
  const repositories = await Repositories.open({
    database,
    blobs: await FileBlobStore.open(join(folder.path, 'blobs')),
    workingCopyRoot: workingCopies,
  });
  const services: CodecommitServices = {
    database,
    keys: new KeyUse(database, sealer),
    repositories,
    endpoint: {
      cloneUrlHttp: (region, name) => `https://git.${region}.example.com/v1/repos/${name}`,
      cloneUrlSsh: (region, name) => `ssh://git.${region}.example.com/v1/repos/${name}`,
    },
  };
  return {
    services,
    sealer,
    workingCopies,
    run(operationName, input, caller) {
      const operation = codecommitOperations.get(operationName);
      if (operation === undefined) throw new Error(`No operation ${operationName}`);
      return operation.run(services, callOf(caller), input);
    },
    runKms(operationName, input, caller) {
      const operation = kmsOperations.get(operationName);
      if (operation === undefined) throw new Error(`No operation ${operationName}`);
      return operation.run({ database, sealer }, callOf(caller), input);
    },
    async dispose() {
      await repositories.close();
      await close();
      await folder.remove();
    },
  };
}

export function callOf({ principal = rootPrincipal(ACCOUNT), region = REGION }: Caller = {}): Call {
  return {
    requestId: randomUUID(),
    principal,
    environment: {
      sourceIp: '127.0.0.1',
      userAgent: 'vitest',
      secureTransport: true,
      region,
      time: new Date(),
    },
  };
}

/** An IAM user of {@link ACCOUNT} to whom these statements apply. */
export function userWith(...statements: readonly object[]): Principal {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return {
    kind: 'user',
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/ana`,
    userId: 'AIDAEXAMPLE',
    userName: 'ana',
    tags: {},
    identityPolicies: [{ source: 'test', policy: compilePolicy(document) }],
  };
}

export function allow(action: string | readonly string[], resource = '*', condition?: object): object {
  return statement('Allow', action, resource, condition);
}

export function deny(action: string | readonly string[], resource = '*', condition?: object): object {
  return statement('Deny', action, resource, condition);
}

function statement(effect: string, action: string | readonly string[], resource: string, condition?: object): object {
  return {
    Effect: effect,
    Action: action,
    Resource: resource,
    ...(condition !== undefined && { Condition: condition }),
  };
}
