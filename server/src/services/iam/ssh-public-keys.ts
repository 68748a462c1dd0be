import {
  DeleteSSHPublicKey$,
  DeleteSSHPublicKeyCommand,
  DuplicateSSHPublicKeyException$,
  GetSSHPublicKey$,
  GetSSHPublicKeyCommand,
  ListSSHPublicKeys$,
  ListSSHPublicKeysCommand,
  type SSHPublicKey,
  type SSHPublicKeyMetadata,
  UpdateSSHPublicKey$,
  UpdateSSHPublicKeyCommand,
  UploadSSHPublicKey$,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { SshPublicKeyRow, UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { noSuchEntity, quotaExceeded, refuseDuplicate } from './errors.ts';
import { newSshPublicKeyId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';
import { parseSshPublicKey, pemOfLine } from './ssh-key-formats.ts';
import { statusOf } from './statuses.ts';
import { existingUser, userTarget, withLockedUser } from './user-targets.ts';

const MAX_KEYS = 5;

const uploadSshPublicKey = operation(UploadSSHPublicKey$, UploadSSHPublicKeyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    const user = existingUser(target);
    const { line, fingerprint } = parseSshPublicKey(input.SSHPublicKeyBody);
    const key: SshPublicKeyRow = {
      ssh_public_key_id: newSshPublicKeyId(),
      account_id: user.account_id,
      user_id: user.user_id,
      fingerprint,
      public_key: line,
      status: 'Active',
      uploaded_at: Date.now(),
    };
    const insertion = withLockedUser(services, target, async (transaction) => {
      await transaction.insertInto('ssh_public_keys').values(key).execute();
      const { count } = await transaction
        .selectFrom('ssh_public_keys')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('user_id', '=', user.user_id)
        .executeTakeFirstOrThrow();
      if (count > MAX_KEYS) throw quotaExceeded('SSHPublicKeysPerUser', MAX_KEYS);
    });
    await refuseDuplicate(
      insertion,
      () =>
        new ServiceError(
          DuplicateSSHPublicKeyException$,
          `The SSH public key is already associated with the user ${user.user_name}.`,
        ),
    );
    return { SSHPublicKey: describe(user, key, key.public_key) };
  },
});

const getSshPublicKey = operation(GetSSHPublicKey$, GetSSHPublicKeyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const user = existingUser(target);
    const key = await database
      .selectFrom('ssh_public_keys')
      .selectAll()
      .where('ssh_public_key_id', '=', input.SSHPublicKeyId)
      .where('user_id', '=', user.user_id)
      .executeTakeFirst();
    if (key === undefined) throw noSuchKey(input.SSHPublicKeyId);
    const body = input.Encoding === 'PEM' ? pemOfLine(key.public_key) : key.public_key;
    return { SSHPublicKey: describe(user, key, body) };
  },
});

const listSshPublicKeys = operation(ListSSHPublicKeys$, ListSSHPublicKeysCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListSSHPublicKeys', input);
    const user = existingUser(target);
    const rows = await database
      .selectFrom('ssh_public_keys')
      .select(['ssh_public_key_id', 'status', 'uploaded_at'])
      .where('user_id', '=', user.user_id)
      .$if(request.after !== undefined, (query) => query.where('ssh_public_key_id', '>', request.after ?? ''))
      .orderBy('ssh_public_key_id')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.ssh_public_key_id);
    const keys = items.map(
      (row): SSHPublicKeyMetadata => ({
        UserName: user.user_name,
        SSHPublicKeyId: row.ssh_public_key_id,
        Status: row.status,
        UploadDate: new Date(row.uploaded_at),
      }),
    );
    return { SSHPublicKeys: keys, ...continuation };
  },
});

const updateSshPublicKey = operation(UpdateSSHPublicKey$, UpdateSSHPublicKeyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const { numUpdatedRows } = await database
      .updateTable('ssh_public_keys')
      .set({ status: statusOf(input.Status) })
      .where('ssh_public_key_id', '=', input.SSHPublicKeyId)
      .where('user_id', '=', existingUser(target).user_id)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw noSuchKey(input.SSHPublicKeyId);
    return {};
  },
});

const deleteSshPublicKey = operation(DeleteSSHPublicKey$, DeleteSSHPublicKeyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const { numDeletedRows } = await database
      .deleteFrom('ssh_public_keys')
      .where('ssh_public_key_id', '=', input.SSHPublicKeyId)
      .where('user_id', '=', existingUser(target).user_id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchKey(input.SSHPublicKeyId);
    return {};
  },
});

export const sshPublicKeyOperations: readonly Operation<IamServices>[] = [
  uploadSshPublicKey,
  getSshPublicKey,
  listSshPublicKeys,
  updateSshPublicKey,
  deleteSshPublicKey,
];

function noSuchKey(id: string): ServiceError {
  return noSuchEntity(`The Public Key with id ${id} cannot be found.`);
}

function describe(user: UserRow, key: SshPublicKeyRow, body: string): SSHPublicKey {
  return {
    UserName: user.user_name,
    SSHPublicKeyId: key.ssh_public_key_id,
    Fingerprint: key.fingerprint,
    SSHPublicKeyBody: body,
    Status: key.status,
    UploadDate: new Date(key.uploaded_at),
  };
}
