import {
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteServiceSpecificCredentialCommand,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const ServiceName = 'codecommit.amazonaws.com';

describe.each(databaseEngines)('service-specific credentials on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function create(UserName: string) {
      const { ServiceSpecificCredential: credential } = await account.root.send(
        new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }),
      );
      const {
        ServiceSpecificCredentialId: id = '',
        ServiceUserName: name = '',
        ServicePassword: password = '',
      } = credential ?? {};
      return { credential, id, name, password };
    }

    async function userId(UserName: string): Promise<string> {
      return (await account.user(UserName).principal()).userId;
    }

    it('have AWS’s names, passwords and identifiers, at most two for each user', async () => {
      const UserName = await account.newUser();
      const first = await create(UserName);
      expect(first.credential).toEqual({
        UserName,
        Status: 'Active',
        ServiceUserName: `${UserName}-at-${account.accountId}`,
        ServicePassword: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
        CreateDate: expect.any(Date),
        ServiceSpecificCredentialId: expect.stringMatching(/^ACCA[A-Z2-7]{17}$/),
        ServiceName,
      });
      const second = await create(UserName);
      expect(second.name).toBe(`${UserName}+1-at-${account.accountId}`);
      await expect(create(UserName)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        status: 409,
        message: 'Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2',
      });
      const { gitCredentials } = account.services;
      expect(await gitCredentials.authenticate(first.name, first.password)).toBe(await userId(UserName));
      expect(await gitCredentials.authenticate(second.name, second.password)).toBe(await userId(UserName));
      expect(await gitCredentials.authenticate(first.name, second.password)).toBeUndefined();

      await account.root.send(
        new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: first.id }),
      );
      expect((await create(UserName)).name).toBe(first.name);
    });

    it('are listed in the order of their names, without passwords', async () => {
      const UserName = await account.newUser();
      await create(UserName);
      await create(UserName);
      const list = (input: object) =>
        account.root.send(new ListServiceSpecificCredentialsCommand({ UserName, ...input }));
      const all = await list({ ServiceName });
      expect(all.ServiceSpecificCredentials?.map((credential) => credential.ServiceUserName)).toEqual([
        `${UserName}+1-at-${account.accountId}`,
        `${UserName}-at-${account.accountId}`,
      ]);
      expect(JSON.stringify(all)).not.toContain('Password');
      const page = await list({ MaxItems: 1 });
      expect(page.IsTruncated).toBe(true);
      const rest = await list({ MaxItems: 1, Marker: page.Marker });
      expect(rest).toMatchObject({ IsTruncated: false });
      expect([page, rest].flatMap((part) => part.ServiceSpecificCredentials)).toEqual(all.ServiceSpecificCredentials);
      await expect(list({ AllUsers: true })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
    });

    it('of all users are listed for an administrator', async () => {
      const other = await account.otherAccount();
      const [one, two] = [await other.newUser(), await other.newUser()];
      for (const UserName of [one, two]) {
        await other.root.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
      }
      const { ServiceSpecificCredentials } = await other.root.send(
        new ListServiceSpecificCredentialsCommand({ AllUsers: true }),
      );
      expect(ServiceSpecificCredentials?.map(({ UserName }) => UserName)).toEqual([one, two]);
      await expect(other.user(one).send(new ListServiceSpecificCredentialsCommand({ AllUsers: true }))).rejects.toThrow(
        'iam:ListServiceSpecificCredentials',
      );
    });

    it('stop and work again by their status', async () => {
      const UserName = await account.newUser();
      const { id, name, password } = await create(UserName);
      const set = (Status: 'Active' | 'Inactive') =>
        account.root.send(
          new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id, Status }),
        );
      await set('Inactive');
      expect(await account.services.gitCredentials.authenticate(name, password)).toBeUndefined();
      await set('Active');
      expect(await account.services.gitCredentials.authenticate(name, password)).toBe(await userId(UserName));
    });

    it('get a new password by a reset, which ends the old one', async () => {
      const UserName = await account.newUser();
      const { id, name, password, credential } = await create(UserName);
      const { ServiceSpecificCredential: reset } = await account.root.send(
        new ResetServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id }),
      );
      expect(reset).toEqual({ ...credential, ServicePassword: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) });
      expect(reset?.ServicePassword).not.toBe(password);
      const { gitCredentials } = account.services;
      expect(await gitCredentials.authenticate(name, password)).toBeUndefined();
      expect(await gitCredentials.authenticate(name, reset?.ServicePassword ?? '')).toBe(await userId(UserName));
    });

    it('end when deleted', async () => {
      const UserName = await account.newUser();
      const { id, name, password } = await create(UserName);
      await account.root.send(
        new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id }),
      );
      expect(await account.services.gitCredentials.authenticate(name, password)).toBeUndefined();
      const missing = { queryCode: 'NoSuchEntity', message: `No such credential ${id} exists` };
      const input = { UserName, ServiceSpecificCredentialId: id };
      await expect(account.root.send(new DeleteServiceSpecificCredentialCommand(input))).rejects.toMatchObject(missing);
      await expect(account.root.send(new ResetServiceSpecificCredentialCommand(input))).rejects.toMatchObject(missing);
      await expect(
        account.root.send(new UpdateServiceSpecificCredentialCommand({ ...input, Status: 'Active' })),
      ).rejects.toMatchObject(missing);
    });

    it('keep their name and password when the user is renamed', async () => {
      const UserName = await account.newUser();
      const { name, password } = await create(UserName);
      const id = await userId(UserName);
      await account.root.send(new UpdateUserCommand({ UserName, NewUserName: `${UserName}-renamed` }));
      expect(await account.services.gitCredentials.authenticate(name, password)).toBe(id);
      const { ServiceSpecificCredentials } = await account.root.send(
        new ListServiceSpecificCredentialsCommand({ UserName: `${UserName}-renamed` }),
      );
      expect(ServiceSpecificCredentials).toMatchObject([{ UserName: `${UserName}-renamed`, ServiceUserName: name }]);
      // Whoever takes the old name gets the next free one.
      await account.root.send(new CreateUserCommand({ UserName }));
      expect((await create(UserName)).name).toBe(`${UserName}+1-at-${account.accountId}`);
    });

    it('never exceed the quota nor share a name when created at once', async () => {
      const UserName = await account.newUser();
      await account.root.send(new CreateUserCommand({ UserName: `${UserName}+1` }));
      // NAME's second and NAME+1's first credential want the same name.
      await Promise.allSettled(Array.from({ length: 4 }, () => [create(UserName), create(`${UserName}+1`)]).flat());
      const names: (string | undefined)[] = [];
      for (const owner of [UserName, `${UserName}+1`]) {
        const { ServiceSpecificCredentials: credentials = [] } = await account.root.send(
          new ListServiceSpecificCredentialsCommand({ UserName: owner }),
        );
        expect(credentials).toHaveLength(2);
        names.push(...credentials.map((credential) => credential.ServiceUserName));
      }
      expect(new Set(names).size).toBe(4);
    });

    it('are made for CodeCommit only', async () => {
      const UserName = await account.newUser();
      const createFor = (service: string, more = {}) =>
        account.root.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: service, ...more }));
      await expect(createFor('cassandra.amazonaws.com')).rejects.toMatchObject({
        queryCode: 'NotSupportedService',
        status: 404,
      });
      await expect(createFor('nonsense')).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: 'No such service nonsense exists',
      });
      await expect(createFor(ServiceName, { CredentialAgeDays: 3 })).rejects.toMatchObject({
        queryCode: 'InvalidInput',
      });
      await expect(
        account.root.send(new CreateServiceSpecificCredentialCommand({ UserName: 'nobody', ServiceName })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity', message: 'The user with name nobody cannot be found.' });
    });

    it('are managed by a user with the CodeCommit policy, their own alone', async () => {
      const UserName = await account.newUser({ managedPolicies: ['AWSCodeCommitPowerUser'] });
      const other = await account.newUser();
      const self = account.user(UserName);
      const { ServiceSpecificCredential: credential } = await self.send(
        new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }),
      );
      const ServiceSpecificCredentialId = credential?.ServiceSpecificCredentialId;
      await self.send(new ResetServiceSpecificCredentialCommand({ ServiceSpecificCredentialId }));
      expect((await self.send(new ListServiceSpecificCredentialsCommand({}))).ServiceSpecificCredentials).toHaveLength(
        1,
      );
      await expect(
        self.send(new CreateServiceSpecificCredentialCommand({ UserName: other, ServiceName })),
      ).rejects.toThrow('iam:CreateServiceSpecificCredential');
      const { id } = await create(other);
      await expect(
        self.send(new DeleteServiceSpecificCredentialCommand({ ServiceSpecificCredentialId: id })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('are managed for the service that policies name', async () => {
      const manager = async (name: string) => {
        const Condition = { StringEquals: { 'iam:ServiceSpecificCredentialServiceName': name } };
        const statement = { Effect: 'Allow', Action: 'iam:*ServiceSpecificCredential', Resource: '*', Condition };
        return account.user(await account.newUser({ statements: [statement] }));
      };
      const UserName = await account.newUser();
      const ours = await manager(ServiceName);
      const others = await manager('cassandra.amazonaws.com');
      const { id: ServiceSpecificCredentialId } = await create(UserName);
      const input = { UserName, ServiceSpecificCredentialId };
      for (const manage of [
        (by: typeof ours) => by.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName })),
        (by: typeof ours) => by.send(new ResetServiceSpecificCredentialCommand(input)),
        (by: typeof ours) => by.send(new UpdateServiceSpecificCredentialCommand({ ...input, Status: 'Inactive' })),
        (by: typeof ours) => by.send(new DeleteServiceSpecificCredentialCommand(input)),
      ]) {
        await expect(manage(others)).rejects.toMatchObject({ name: 'AccessDeniedError' });
        await manage(ours);
      }
    });

    it('are not told by their passwords in the database', async () => {
      const { password, id } = await create(await account.newUser());
      const row = await account.services.database
        .selectFrom('service_specific_credentials')
        .selectAll()
        .where('credential_id', '=', id)
        .executeTakeFirstOrThrow();
      expect(row.password_hash).toHaveLength(32);
      expect(row.password_hash.equals(Buffer.from(password, 'base64'))).toBe(false);
      expect(await account.services.gitCredentials.authenticate('unknown-at-000000000000', password)).toBeUndefined();
      expect(await account.services.gitCredentials.authenticate('', '')).toBeUndefined();
    });
  });
});
