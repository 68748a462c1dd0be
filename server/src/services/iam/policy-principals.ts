import { MalformedPolicyDocumentError } from '../../access/policy/policy-document.ts';
import { awsPrincipalsOf, readResourcePolicy, renameAwsPrincipals } from '../../access/policy/resource-policy.ts';
import { assumedRoleArn, roleArn, userArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import { findRole } from './role-targets.ts';
import { findUser } from './user-targets.ts';

/** Values in one query; SQLite takes 32,766. */
const IDS_AT_ONCE = 1_000;

const ACCOUNT = /^(?:(\d{12})|arn:aws:iam::(\d{12}):root)$/;
const USER_OR_ROLE = /^arn:aws:iam::(\d{12}):(user|role)\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/;
const ROLE_SESSION = /^arn:aws:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]{2,64})$/;
const FEDERATED_USER = /^arn:aws:sts::(\d{12}):federated-user\/[\w+=,.@-]{2,32}$/;
const UNIQUE_ID = /^(A(?:ID|RO)A[A-Z0-9]+)(?::([\w+=,.@-]{2,64}))?$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;
const IDENTITY_PROVIDER = /^(?:arn:aws:iam::\d{12}:(?:saml|oidc)-provider\/[\x21-\x7e]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;

/**
 * A resource policy as it is stored: users and roles by their unique IDs, accounts by the ARN of their root, as AWS
 * does, so that whoever takes the name of a deleted user is not trusted.
 *
 * @throws MalformedPolicyDocumentError for principals that do not exist or have no such form
 */
export async function withPrincipalsById(database: Database, text: string): Promise<string> {
  const names = new Map<string, string>();
  for (const { principals } of readResourcePolicy(text).statements) {
    for (const name of principals.AWS) names.set(name, await storedName(database, name));
    refuseOthers('SERVICE', SERVICE, principals.Service);
    refuseOthers('FEDERATED', IDENTITY_PROVIDER, principals.Federated);
  }
  return renameAwsPrincipals(text, (name) => names.get(name) ?? name);
}

/**
 * How stored resource policies are shown: with the ARNs that their users and roles have now. A unique ID whose owner is
 * gone stays as it is.
 */
export async function policyViewWithArns(
  database: Database,
  documents: readonly string[],
): Promise<(document: string) => string> {
  const show = await principalsAsShown(database, documents.flatMap(awsPrincipalsOf));
  return (document) => renameAwsPrincipals(document, show);
}

/** A principal of type AWS as stored policies name it; undefined for one that does not exist. */
export async function principalAsStored(database: Database, name: string): Promise<string | undefined> {
  return (
    (await accountName(database, name)) ??
    (await userOrRoleId(database, name)) ??
    (await roleSessionId(database, name)) ??
    (await federatedUserName(database, name)) ??
    (await existingId(database, name))
  );
}

/** How stored names of principals are shown, as in {@link policyViewWithArns}. */
export async function principalsAsShown(
  database: Database,
  names: readonly string[],
): Promise<(name: string) => string> {
  const arns = await arnsOfIds(database, names);
  return (name) => arns.get(name) ?? name;
}

function refuseOthers(type: string, form: RegExp, names: readonly string[]): void {
  const other = names.find((name) => !form.test(name));
  if (other !== undefined) throw invalidPrincipal(type, other);
}

async function storedName(database: Database, name: string): Promise<string> {
  const stored = name === '*' ? name : await principalAsStored(database, name);
  if (stored === undefined) throw invalidPrincipal('AWS', name);
  return stored;
}

async function accountName(database: Database, name: string): Promise<string | undefined> {
  const [, plain, ofRoot] = ACCOUNT.exec(name) ?? [];
  const accountId = plain ?? ofRoot;
  if (accountId === undefined || !(await accountExists(database, accountId))) return undefined;
  return `arn:aws:iam::${accountId}:root`;
}

async function accountExists(database: Database, accountId: string): Promise<boolean> {
  const query = database.selectFrom('accounts').select('account_id').where('account_id', '=', accountId);
  return (await query.executeTakeFirst()) !== undefined;
}

async function userOrRoleId(database: Database, arn: string): Promise<string | undefined> {
  const [, accountId, type, name] = USER_OR_ROLE.exec(arn) ?? [];
  if (accountId === undefined || name === undefined) return undefined;
  // The path is part of the ARN, though not of what makes a name unique.
  if (type === 'role') {
    const role = await findRole(database, accountId, name);
    return role !== undefined && roleArn(accountId, role.path, role.role_name) === arn ? role.role_id : undefined;
  }
  const user = await findUser(database, accountId, name);
  return user !== undefined && userArn(accountId, user.path, user.user_name) === arn ? user.user_id : undefined;
}

async function roleSessionId(database: Database, arn: string): Promise<string | undefined> {
  const [, accountId, roleName, sessionName] = ROLE_SESSION.exec(arn) ?? [];
  if (accountId === undefined || roleName === undefined) return undefined;
  const role = await findRole(database, accountId, roleName);
  return role?.role_name === roleName ? `${role.role_id}:${sessionName}` : undefined;
}

async function federatedUserName(database: Database, arn: string): Promise<string | undefined> {
  const [, accountId] = FEDERATED_USER.exec(arn) ?? [];
  return accountId !== undefined && (await accountExists(database, accountId)) ? arn : undefined;
}

async function existingId(database: Database, name: string): Promise<string | undefined> {
  return UNIQUE_ID.test(name) && (await arnsOfIds(database, [name])).has(name) ? name : undefined;
}

/** The ARNs of users (AIDA…), roles (AROA…) and sessions of roles (AROA…:SESSION), of those who exist. */
async function arnsOfIds(database: Database, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, (sessionName: string | undefined) => string>();
  const ids = new Set(names.flatMap((name) => UNIQUE_ID.exec(name)?.[1] ?? []));
  for (let rest = [...ids]; rest.length > 0; rest = rest.slice(IDS_AT_ONCE)) {
    const some = rest.slice(0, IDS_AT_ONCE);
    const users = await database.selectFrom('users').selectAll().where('user_id', 'in', some).execute();
    const roles = await database.selectFrom('roles').selectAll().where('role_id', 'in', some).execute();
    for (const user of users) {
      owners.set(user.user_id, () => userArn(user.account_id, user.path, user.user_name));
    }
    for (const role of roles) {
      owners.set(role.role_id, (sessionName) =>
        sessionName === undefined
          ? roleArn(role.account_id, role.path, role.role_name)
          : assumedRoleArn(role.account_id, role.role_name, sessionName),
      );
    }
  }
  return new Map(
    names.flatMap((name) => {
      const [, id, sessionName] = UNIQUE_ID.exec(name) ?? [];
      const arn = id === undefined ? undefined : owners.get(id);
      return arn === undefined ? [] : [[name, arn(sessionName)] as const];
    }),
  );
}

function invalidPrincipal(type: string, name: string): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError(`Invalid principal in policy: "${type}":"${name}"`);
}
