import { sql } from 'kysely';
import { secretAccessKeyContext } from '../../access/authentication/access-keys.ts';
import { hashPassword } from '../../access/authentication/passwords.ts';
import { type Database, isUniqueViolation } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { newSecretAccessKey } from './access-keys.ts';
import { newAccessKeyId, newAccountId } from './identifiers.ts';
import { PASSWORD_LENGTH, passwordViolation, refuseWeakPassword } from './password-policy.ts';
import type { IamServices } from './service.ts';

interface AccountInput {
  /** Twelve digits; made up where absent. */
  readonly accountId?: string | undefined;
  /** What its people call it. */
  readonly accountName?: string | undefined;
  readonly rootEmail: string;
  readonly rootPassword: string;
  /** Of the root user's first access key; made up where absent, like its secret. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

interface CreatedAccount {
  readonly accountId: string;
  readonly rootEmail: string;
  readonly accessKeyId: string;
  /** Shown this once. */
  readonly secretAccessKey: string;
}

/** What is wrong with the input of {@link createAccount}, in one sentence; it holds no secret. */
export class AccountInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccountInputError';
  }
}

const ACCOUNT_ID = /^\d{12}$/;
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;
/** AWS Account Management: 1 to 50 characters. */
const ACCOUNT_NAME = /^(?! )[^\p{C}]{1,50}(?<! )$/u;
const MAX_EMAIL_LENGTH = 64;
/** The length is IAM's for accessKeyIdType; the prefix tells the keys of users from temporary ones. */
const ACCESS_KEY_ID = /^AKIA[A-Z0-9]{12,124}$/;
const SECRET_ACCESS_KEY = /^[\x21-\x7e]{16,128}$/;

/**
 * Makes an account with its root user and the root user's access key, all of it or nothing.
 *
 * @throws AccountInputError when a value has a wrong form or is taken
 */
export async function createAccount(
  { database, sealer }: Pick<IamServices, 'database' | 'sealer'>,
  input: AccountInput,
): Promise<CreatedAccount> {
  const { accountId = newAccountId(), rootEmail, rootPassword } = input;
  const { accessKeyId = newAccessKeyId(), secretAccessKey = newSecretAccessKey() } = input;
  const account: CreatedAccount = { accountId, rootEmail, accessKeyId, secretAccessKey };
  refuseWrongForms(account, rootPassword);
  if (input.accountName !== undefined) refuseWrongName(input.accountName);
  const passwordHash = await hashPassword(rootPassword);
  const secret = await sealer.seal(Buffer.from(secretAccessKey), secretAccessKeyContext(accessKeyId));
  const insertion = database.transaction().execute(async (transaction) => {
    await insertAccount(transaction, { ...input, accountId, passwordHash });
    await insertRootKey(transaction, account, secret);
  });
  await refuseTakenAtOnce(insertion);
  return account;
}

/** Who may make an account of their own: anybody, nobody, or whoever comes before there is one. */
export type SignUpMode = 'open' | 'closed' | 'first';

export interface SignUpInput {
  readonly accountName: string;
  readonly rootEmail: string;
  readonly rootPassword: string;
}

/** Whether somebody who asks now may make one, and why not. */
export type SignUpState = 'open' | 'closed' | 'first account exists';

const CLOSED_TEXTS: Readonly<Record<Exclude<SignUpState, 'open'>, string>> = {
  closed: 'Sign-up is closed: whoever runs this Codekeep can make an account.',
  'first account exists':
    'Sign-up was open for the first account only, which exists: whoever runs this Codekeep can make another.',
};

/** Accounts are made by the operator alone, or there is one and no more may be made. */
export class SignUpClosedError extends Error {
  override readonly name = 'SignUpClosedError';
  constructor(state: Exclude<SignUpState, 'open'>) {
    super(CLOSED_TEXTS[state]);
  }
}

/** @param mode of the listener that the request came through; see `config.ts` */
export async function signUpState(database: Database, mode: SignUpMode): Promise<SignUpState> {
  if (mode !== 'first') return mode;
  return (await hasAccount(database)) ? 'first account exists' : 'open';
}

/**
 * Makes an account for whoever asks, whose root user signs in by e-mail address and password. It has no access key: the root
 * user may make two.
 *
 * @param mode of the listener that the request came through; see `config.ts`
 * @returns the account's ID, twelve digits
 * @throws SignUpClosedError, AccountInputError when a value has a wrong form or is taken, and ServiceError
 *   PasswordPolicyViolation for a password that the default policy of IAM refuses
 */
export async function signUp(
  { database }: Pick<IamServices, 'database'>,
  mode: SignUpMode,
  { accountName, rootEmail, rootPassword }: SignUpInput,
): Promise<string> {
  if (mode === 'closed') throw new SignUpClosedError('closed');
  const accountId = newAccountId();
  refuseWrongName(accountName);
  refuseWrongEmail(rootEmail);
  // The default policy: that of the account is for its users.
  refuseWeakPassword(rootPassword, { accountId, rootEmail }, undefined);
  if (rootPassword.toLowerCase() === accountName.toLowerCase()) {
    throw passwordViolation('Password should not be identical to the account name');
  }
  const passwordHash = await hashPassword(rootPassword);
  const insertion = database.transaction().execute(async (transaction) => {
    if (mode === 'first') await refuseSecondAccount(transaction);
    await insertAccount(transaction, { accountId, accountName, rootEmail, passwordHash });
  });
  await refuseTakenAtOnce(insertion);
  return accountId;
}

interface NewAccount {
  readonly accountId: string;
  readonly accountName?: string | undefined;
  readonly rootEmail: string;
  readonly passwordHash: string;
}

async function insertAccount(transaction: DatabaseTransaction, account: NewAccount): Promise<void> {
  const { accountId, accountName = null, rootEmail, passwordHash } = account;
  await refuseTakenIdentity(transaction, account);
  const created_at = Date.now();
  await transaction
    .insertInto('accounts')
    .values({
      account_id: accountId,
      account_name: accountName,
      root_email: rootEmail,
      root_password_hash: passwordHash,
      root_password_changed_at: created_at,
      created_at,
    })
    .execute();
}

async function insertRootKey(
  transaction: DatabaseTransaction,
  { accountId, accessKeyId }: CreatedAccount,
  secret: Buffer,
): Promise<void> {
  const key = await transaction
    .selectFrom('access_keys')
    .select('access_key_id')
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst();
  if (key !== undefined) throw new AccountInputError('there is an access key with this ID already');
  await transaction
    .insertInto('access_keys')
    .values({
      access_key_id: accessKeyId,
      account_id: accountId,
      user_id: null,
      secret,
      status: 'Active',
      created_at: Date.now(),
    })
    .execute();
}

async function refuseTakenAtOnce(insertion: Promise<void>): Promise<void> {
  try {
    await insertion;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AccountInputError('an account with this ID, e-mail address or access key is being made already');
  }
}

/** Holds up others that sign up at the same time, by the installation's one row. @throws SignUpClosedError */
async function refuseSecondAccount(transaction: DatabaseTransaction): Promise<void> {
  await transaction
    .updateTable('installation')
    .set((eb) => ({ root_key_check: eb.ref('root_key_check') }))
    .execute();
  if (await hasAccount(transaction)) throw new SignUpClosedError('first account exists');
}

/** Whether there is any, open or closed. */
export async function hasAccount(database: Database | DatabaseTransaction): Promise<boolean> {
  const account = await database.selectFrom('accounts').select('account_id').limit(1).executeTakeFirst();
  return account !== undefined;
}

function refuseWrongForms(account: CreatedAccount, rootPassword: string): void {
  const { accountId, rootEmail, accessKeyId, secretAccessKey } = account;
  if (!ACCOUNT_ID.test(accountId)) throw new AccountInputError('an account ID has twelve digits');
  refuseWrongEmail(rootEmail);
  // Whoever sets up the installation answers for its strength; the policy for character types binds IAM users.
  const { minimum, maximum } = PASSWORD_LENGTH;
  if (rootPassword.length < minimum || rootPassword.length > maximum) {
    throw new AccountInputError(`the root user's password must have ${minimum} to ${maximum} characters`);
  }
  if (!ACCESS_KEY_ID.test(accessKeyId)) {
    throw new AccountInputError('an access key ID is AKIA and 12 to 124 capital letters and digits; AWS has 16');
  }
  if (!SECRET_ACCESS_KEY.test(secretAccessKey)) {
    throw new AccountInputError('a secret access key has 16 to 128 printable characters without spaces; AWS has 40');
  }
}

function refuseWrongEmail(rootEmail: string): void {
  if (EMAIL.test(rootEmail) && rootEmail.length <= MAX_EMAIL_LENGTH) return;
  throw new AccountInputError(`the root user's e-mail address must be one, of at most ${MAX_EMAIL_LENGTH} characters`);
}

function refuseWrongName(accountName: string): void {
  if (ACCOUNT_NAME.test(accountName)) return;
  throw new AccountInputError('an account name has 1 to 50 printable characters, and no space at its ends');
}

async function refuseTakenIdentity(
  transaction: DatabaseTransaction,
  { accountId, rootEmail }: NewAccount,
): Promise<void> {
  const other = await transaction
    .selectFrom('accounts')
    .select(['account_id'])
    .where((eb) => eb.or([eb('account_id', '=', accountId), eb(sql`lower(root_email)`, '=', rootEmail.toLowerCase())]))
    .executeTakeFirst();
  if (other?.account_id === accountId) throw new AccountInputError('there is an account with this ID already');
  if (other !== undefined) throw new AccountInputError('there is an account with this e-mail address already');
}
