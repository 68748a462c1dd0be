import { randomBytes, randomUUID } from 'node:crypto';
import type { RepositoryHandle } from '../../src/repositories/repository.ts';
import type { Database } from '../../src/storage/database/database.ts';

const ACCOUNT_ID = '111122223333';

/** The account that repositories of {@link insertRepository} are in. */
export async function insertAccount(database: Database): Promise<void> {
  await database
    .insertInto('accounts')
    .values({
      account_id: ACCOUNT_ID,
      root_email: 'root@example.com',
      root_password_hash: 'none',
      created_at: Date.now(),
    })
    .execute();
}

/** A repository without content, by rows alone. */
export async function insertRepository(database: Database, name: string): Promise<RepositoryHandle> {
  const repositoryId = randomUUID();
  await database
    .insertInto('repositories')
    .values({
      repository_id: repositoryId,
      account_id: ACCOUNT_ID,
      region: 'us-east-1',
      repository_name: name,
      description: null,
      default_branch: null,
      kms_key_arn: 'none',
      data_key: Buffer.alloc(0),
      generation: 0,
      tags: '{}',
      created_at: Date.now(),
      updated_at: Date.now(),
    })
    .execute();
  return { repositoryId, dataKey: randomBytes(32) };
}
