import { randomBytes } from 'node:crypto';
import {
  CreateServiceSpecificCredential$,
  CreateServiceSpecificCredentialCommand,
  DeleteServiceSpecificCredential$,
  DeleteServiceSpecificCredentialCommand,
  ListServiceSpecificCredentials$,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredential$,
  ResetServiceSpecificCredentialCommand,
  ServiceNotSupportedException$,
  type ServiceSpecificCredential,
  type ServiceSpecificCredentialMetadata,
  UpdateServiceSpecificCredential$,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import type { ConditionEntries } from '../../access/authorization.ts';
import { userArn } from '../../access/principals.ts';
import { isUniqueViolation } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { ServiceSpecificCredentialRow, UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { invalidInput, noSuchEntity, quotaExceeded } from './errors.ts';
import { newServiceSpecificCredentialId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';
import { statusOf } from './statuses.ts';
import { existingUser, type UserTarget, userTarget, withLockedUser } from './user-targets.ts';

const CODECOMMIT = 'codecommit.amazonaws.com';
/** AWS gives credentials for these too; Codekeep does not have them. */
const SERVICES_OF_AWS_ALONE = ['cassandra.amazonaws.com', 'bedrock.amazonaws.com'];
const MAX_CREDENTIALS = 2;
/** 44 characters of base64. */
const PASSWORD_BYTES = 32;
/** Each attempt fails only when another user's credential took the same name in the same moment. */
const CREATE_ATTEMPTS = 10;

const createServiceSpecificCredential = operation(
  CreateServiceSpecificCredential$,
  CreateServiceSpecificCredentialCommand,
  {
    target: (services, call, input) => userTarget(services, call, input.UserName, serviceContext(input.ServiceName)),
    handle: async (services, _call, input, target) => {
      refuseOtherServices(input.ServiceName);
      if (input.CredentialAgeDays !== undefined) {
        throw invalidInput(`CredentialAgeDays is not supported for ${input.ServiceName}.`);
      }
      const password = newPassword();
      const { user, credential } = await insertCredential(services, target, services.gitCredentials.hash(password));
      return { ServiceSpecificCredential: describeWithPassword(user.user_name, credential, password) };
    },
  },
);

const listServiceSpecificCredentials = operation(
  ListServiceSpecificCredentials$,
  ListServiceSpecificCredentialsCommand,
  {
    target: async (services, call, input) => {
      if (input.AllUsers !== true) return userTarget(services, call, input.UserName);
      const { accountId } = call.principal;
      return { resources: [{ arn: userArn(accountId, '/', '*'), accountId }] };
    },
    handle: async ({ database }, call, input, target) => {
      if (input.AllUsers === true && input.UserName !== undefined) {
        throw invalidInput('UserName and AllUsers cannot be specified together.');
      }
      if (input.ServiceName !== undefined) refuseOtherServices(input.ServiceName);
      const request = pageRequest('ListServiceSpecificCredentials', input);
      const userId = 'user' in target ? existingUser(target).user_id : undefined;
      const rows = await database
        .selectFrom('service_specific_credentials as credential')
        .innerJoin('users', 'users.user_id', 'credential.user_id')
        .selectAll('credential')
        .select('users.user_name')
        .where('credential.account_id', '=', call.principal.accountId)
        .$if(userId !== undefined, (query) => query.where('credential.user_id', '=', userId ?? ''))
        .$if(request.after !== undefined, (query) =>
          query.where('credential.service_user_name', '>', request.after ?? ''),
        )
        .orderBy('credential.service_user_name')
        .limit(request.size + 1)
        .execute();
      const { items, continuation } = page(request, rows, (row) => row.service_user_name);
      return { ServiceSpecificCredentials: items.map((row) => describe(row.user_name, row)), ...continuation };
    },
  },
);

const updateServiceSpecificCredential = operation(
  UpdateServiceSpecificCredential$,
  UpdateServiceSpecificCredentialCommand,
  {
    target: (services, call, input) => userTarget(services, call, input.UserName, serviceContext()),
    handle: async ({ database }, _call, input, target) => {
      const { numUpdatedRows } = await database
        .updateTable('service_specific_credentials')
        .set({ status: statusOf(input.Status) })
        .where('credential_id', '=', input.ServiceSpecificCredentialId)
        .where('user_id', '=', existingUser(target).user_id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw noSuchCredential(input.ServiceSpecificCredentialId);
      return {};
    },
  },
);

const resetServiceSpecificCredential = operation(
  ResetServiceSpecificCredential$,
  ResetServiceSpecificCredentialCommand,
  {
    target: (services, call, input) => userTarget(services, call, input.UserName, serviceContext()),
    handle: async ({ database, gitCredentials }, _call, input, target) => {
      const user = existingUser(target);
      const password = newPassword();
      const credential = await database
        .updateTable('service_specific_credentials')
        .set({ password_hash: gitCredentials.hash(password) })
        .where('credential_id', '=', input.ServiceSpecificCredentialId)
        .where('user_id', '=', user.user_id)
        .returningAll()
        .executeTakeFirst();
      if (credential === undefined) throw noSuchCredential(input.ServiceSpecificCredentialId);
      return { ServiceSpecificCredential: describeWithPassword(user.user_name, credential, password) };
    },
  },
);

const deleteServiceSpecificCredential = operation(
  DeleteServiceSpecificCredential$,
  DeleteServiceSpecificCredentialCommand,
  {
    target: (services, call, input) => userTarget(services, call, input.UserName, serviceContext()),
    handle: async ({ database }, _call, input, target) => {
      const { numDeletedRows } = await database
        .deleteFrom('service_specific_credentials')
        .where('credential_id', '=', input.ServiceSpecificCredentialId)
        .where('user_id', '=', existingUser(target).user_id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw noSuchCredential(input.ServiceSpecificCredentialId);
      return {};
    },
  },
);

export const serviceSpecificCredentialOperations: readonly Operation<IamServices>[] = [
  createServiceSpecificCredential,
  listServiceSpecificCredentials,
  updateServiceSpecificCredential,
  resetServiceSpecificCredential,
  deleteServiceSpecificCredential,
];

function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64');
}

/** iam:ServiceSpecificCredentialServiceName; every credential that there is is for CodeCommit. */
function serviceContext(serviceName: string = CODECOMMIT): ConditionEntries {
  return [['iam:ServiceSpecificCredentialServiceName', serviceName]];
}

async function insertCredential(services: IamServices, target: UserTarget, passwordHash: Buffer) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withLockedUser(services, target, async (transaction, user) => {
        await refuseBeyondQuota(transaction, user);
        const credential: ServiceSpecificCredentialRow = {
          credential_id: newServiceSpecificCredentialId(),
          account_id: user.account_id,
          user_id: user.user_id,
          service_name: CODECOMMIT,
          service_user_name: await firstFreeName(transaction, user),
          password_hash: passwordHash,
          status: 'Active',
          created_at: Date.now(),
        };
        await transaction.insertInto('service_specific_credentials').values(credential).execute();
        return { user, credential };
      });
    } catch (error) {
      if (!isUniqueViolation(error) || attempt === CREATE_ATTEMPTS) throw error;
    }
  }
}

async function refuseBeyondQuota(transaction: DatabaseTransaction, user: UserRow): Promise<void> {
  const { count } = await transaction
    .selectFrom('service_specific_credentials')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', user.user_id)
    .where('service_name', '=', CODECOMMIT)
    .executeTakeFirstOrThrow();
  if (count >= MAX_CREDENTIALS) throw quotaExceeded('ServiceSpecificCredentialsPerUser', MAX_CREDENTIALS);
}

/**
 * NAME-at-ACCOUNT, else NAME+1-at-ACCOUNT, NAME+2-at-ACCOUNT, …: a name may belong to a user who had this user's name
 * before, because the names of credentials survive a rename.
 */
async function firstFreeName(transaction: DatabaseTransaction, user: UserRow): Promise<string> {
  for (let number = 0; ; number += 1) {
    const name = `${user.user_name}${number === 0 ? '' : `+${number}`}-at-${user.account_id}`;
    const taken = await transaction
      .selectFrom('service_specific_credentials')
      .select('credential_id')
      .where('service_user_name', '=', name)
      .executeTakeFirst();
    if (taken === undefined) return name;
  }
}

/** @throws NotSupportedService, NoSuchEntity */
function refuseOtherServices(serviceName: string): void {
  if (serviceName === CODECOMMIT) return;
  if (SERVICES_OF_AWS_ALONE.includes(serviceName)) {
    throw new ServiceError(
      ServiceNotSupportedException$,
      `The service ${serviceName} does not support service-specific credentials here.`,
    );
  }
  throw noSuchEntity(`No such service ${serviceName} exists`);
}

function noSuchCredential(id: string): ServiceError {
  return noSuchEntity(`No such credential ${id} exists`);
}

function describe(userName: string, credential: ServiceSpecificCredentialRow) {
  return {
    UserName: userName,
    Status: credential.status,
    ServiceUserName: credential.service_user_name,
    CreateDate: new Date(credential.created_at),
    ServiceSpecificCredentialId: credential.credential_id,
    ServiceName: credential.service_name,
  } satisfies ServiceSpecificCredentialMetadata;
}

function describeWithPassword(
  userName: string,
  credential: ServiceSpecificCredentialRow,
  password: string,
): ServiceSpecificCredential {
  return { ...describe(userName, credential), ServicePassword: password };
}
