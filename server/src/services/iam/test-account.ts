import type { IAMClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-iam';
import { AttachUserPolicyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import type { Command } from '@smithy/types';
import type { databaseEngines } from '../../../test/harness/databases.ts';
import { GitCredentials } from '../../access/authentication/git-credentials.ts';
import type { Principal } from '../../access/principal.ts';
import { loadRolePrincipal, loadUserPrincipal, rootPrincipal } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { createAccount } from './accounts.ts';
import { iamOperations } from './operations.ts';
import { findRole } from './role-targets.ts';
import type { IamServices } from './service.ts';
import { findUser } from './user-targets.ts';

type IamCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Command<
  ServiceInputTypes,
  Input,
  ServiceOutputTypes,
  Output,
  IAMClientResolvedConfig
>;

/** Someone of a {@link TestAccount} who calls IAM. */
export interface Caller {
  readonly principal: () => Promise<Principal>;
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: IamCommand<Input, Output>,
    /** The moment of the request; default: now. */
    time?: Date,
  ): Promise<Omit<Output, '$metadata'>>;
}

/** An account on a database of its own, for tests of the IAM operations as any door runs them. */
export interface TestAccount {
  readonly accountId: string;
  readonly services: IamServices;
  readonly root: Caller;
  /** A caller whose policies are read anew at each call. */
  user(userName: string): Caller;
  /** A session of a role, named `test`, whose policies are read anew at each call. */
  role(roleName: string): Caller;
  /** Makes a user with a name of its own. */
  newUser(options?: {
    path?: string;
    managedPolicies?: readonly string[];
    statements?: readonly object[];
  }): Promise<string>;
  /** Another account on the same database. */
  otherAccount(): Promise<TestAccount>;
  close(): Promise<void>;
}

const ROOT_PASSWORD = 'Correct-horse-1';
let sequence = 0;

export async function openTestAccount(engine: (typeof databaseEngines)[number]): Promise<TestAccount> {
  const { database, close } = await engine.open();
  await openConnections(database);
  const rootKey = RootKey.fromBase64(Buffer.alloc(32, 7).toString('base64'));
  const services = { database, sealer: new Sealer(rootKey), gitCredentials: new GitCredentials(database, rootKey) };
  return accountOn(services, close);
}

/** So that operations at once in a test are at once: opening a connection takes longer than an operation. */
async function openConnections(database: Database): Promise<void> {
  await Promise.all(
    Array.from({ length: 12 }, () => database.selectFrom('accounts').select('account_id').limit(1).execute()),
  );
}

async function accountOn(services: IamServices, close: () => Promise<void>): Promise<TestAccount> {
  sequence += 1;
  const rootEmail = `root-${sequence}@example.com`;
  const { accountId } = await createAccount(services, { rootEmail, rootPassword: ROOT_PASSWORD });
  const root = caller(services, async () => rootPrincipal(accountId));
  return {
    accountId,
    services,
    root,
    user: (userName) => caller(services, () => principalOf(services, accountId, userName)),
    role: (roleName) => caller(services, () => sessionOf(services, accountId, roleName)),
    async newUser({ path = '/', managedPolicies = [], statements = [] } = {}) {
      sequence += 1;
      const UserName = `user-${sequence}`;
      await root.send(new CreateUserCommand({ UserName, Path: path }));
      for (const name of managedPolicies) {
        await root.send(new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
      }
      if (statements.length > 0) {
        const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
        await root.send(new PutUserPolicyCommand({ UserName, PolicyName: 'test', PolicyDocument }));
      }
      return UserName;
    },
    otherAccount: () => accountOn(services, async () => {}),
    close,
  };
}

async function principalOf(services: IamServices, accountId: string, userName: string): Promise<Principal> {
  const user = await findUser(services.database, accountId, userName);
  const principal = user && (await loadUserPrincipal(services.database, user.user_id));
  if (principal === undefined) throw new Error(`There is no user ${userName}`);
  return principal;
}

async function sessionOf(services: IamServices, accountId: string, roleName: string): Promise<Principal> {
  const role = await findRole(services.database, accountId, roleName);
  const session = { issuedAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) };
  const principal = role && (await loadRolePrincipal(services.database, role.role_id, 'test', session));
  if (principal === undefined) throw new Error(`There is no role ${roleName}`);
  return principal;
}

function caller(services: IamServices, principal: () => Promise<Principal>): Caller {
  return {
    principal,
    async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      command: IamCommand<Input, Output>,
      time = new Date(),
    ) {
      const operation = iamOperations.get(command.constructor.name.replace(/Command$/, ''));
      if (operation === undefined) throw new Error(`There is no operation for ${command.constructor.name}`);
      const environment = {
        sourceIp: '192.0.2.1',
        userAgent: 'test',
        secureTransport: true,
        region: 'us-east-1',
        time,
      };
      const call = { requestId: 'request', principal: await principal(), environment };
      return (await operation.run(services, call, command.input)) as Omit<Output, '$metadata'>;
    },
  };
}
