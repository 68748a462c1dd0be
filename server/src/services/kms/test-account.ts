import { randomBytes, randomUUID } from 'node:crypto';
import type { databaseEngines } from '../../../test/harness/databases.ts';
import { compilePolicy } from '../../access/policy/compiled-policy.ts';
import type { Principal } from '../../access/principal.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import type { Call } from '../operation.ts';
import { KeyUse } from './key-use.ts';
import { kmsOperations } from './operations.ts';
import type { KmsServices } from './service.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'us-east-1';

export const ALLOW_READING: Statement = { Effect: 'Allow', Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'] };

/** Two accounts on a database of their own, for tests of KMS. */
export async function openKms(engine: (typeof databaseEngines)[number]) {
  const { database, close } = await engine.open();
  const sealer = new Sealer(RootKey.fromBase64(randomBytes(32).toString('base64')));
  for (const account of [ACCOUNT, OTHER_ACCOUNT]) {
    await database
      .insertInto('accounts')
      .values({ account_id: account, root_email: `${account}@example.com`, root_password_hash: '', created_at: 0 })
      .execute();
    for (const name of ['alice', 'bob']) {
      await database
        .insertInto('users')
        .values({
          user_id: userId(account, name),
          account_id: account,
          user_name: name,
          user_name_key: name,
          path: '/',
          tags: '{}',
          created_at: 0,
          password_last_used: null,
        })
        .execute();
    }
  }
  const services: KmsServices = { database, sealer };
  return { database, sealer, services, keys: new KeyUse(database, sealer), close };
}

/** AIDA…, one for each name and account. */
function userId(accountId: string, userName: string): string {
  return `AIDAEXAMPLE${userName.toUpperCase()}${accountId}`;
}

/** A request of a user, alice unless told, with these statements as its only policy. */
export function callOf(
  statements: readonly Statement[],
  { region = REGION, accountId = ACCOUNT, userName = 'alice', time = new Date('2026-01-01T00:00:00Z') } = {},
): Call {
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Resource: '*', ...statement })),
  });
  const principal: Principal = {
    kind: 'user',
    accountId,
    arn: `arn:aws:iam::${accountId}:user/${userName}`,
    userId: userId(accountId, userName),
    userName,
    tags: {},
    identityPolicies: statements.length === 0 ? [] : [{ source: 'test', policy: compilePolicy(document) }],
  };
  const environment = {
    sourceIp: '192.0.2.1',
    userAgent: undefined,
    secureTransport: true,
    region,
    time,
  };
  return { requestId: randomUUID(), principal, environment };
}

/** Runs an operation as any door does. */
// biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation, and tests compare them whole
export async function run(services: KmsServices, call: Call, name: string, input: object): Promise<any> {
  const operation = kmsOperations.get(name);
  if (operation === undefined) throw new Error(`There is no operation ${name}`);
  return operation.run(services, call, input);
}
