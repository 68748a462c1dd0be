import { secretAccessKeyContext } from '../../access/authentication/access-keys.ts';
import { hashPassword } from '../../access/authentication/passwords.ts';
import { isUniqueViolation } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { newSecretAccessKey } from './access-keys.ts';
import { newAccessKeyId, newAccountId } from './identifiers.ts';
import { PASSWORD_LENGTH } from './password-policy.ts';
import type { IamServices } from './service.ts';

interface AccountInput {
  /** Twelve digits; made up where absent. */
  readonly accountId?: string | undefined;
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
const EMAIL = /^[^\s@]+@[^\s@]+$/;
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
  const passwordHash = await hashPassword(rootPassword);
  const secret = await sealer.seal(Buffer.from(secretAccessKey), secretAccessKeyContext(accessKeyId));
  const insertion = database.transaction().execute(async (transaction) => {
    await refuseTakenValues(transaction, account);
    const created_at = Date.now();
    await transaction
      .insertInto('accounts')
      .values({ account_id: accountId, root_email: rootEmail, root_password_hash: passwordHash, created_at })
      .execute();
    await transaction
      .insertInto('access_keys')
      .values({
        access_key_id: accessKeyId,
        account_id: accountId,
        user_id: null,
        secret,
        status: 'Active',
        created_at,
      })
      .execute();
  });
  try {
    await insertion;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AccountInputError('an account with this ID, e-mail address or access key is being made already');
  }
  return account;
}

function refuseWrongForms(account: CreatedAccount, rootPassword: string): void {
  const { accountId, rootEmail, accessKeyId, secretAccessKey } = account;
  if (!ACCOUNT_ID.test(accountId)) throw new AccountInputError('an account ID has twelve digits');
  if (!EMAIL.test(rootEmail) || rootEmail.length > MAX_EMAIL_LENGTH) {
    throw new AccountInputError(
      `the root user's e-mail address must be one, of at most ${MAX_EMAIL_LENGTH} characters`,
    );
  }
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

async function refuseTakenValues(transaction: DatabaseTransaction, account: CreatedAccount): Promise<void> {
  const other = await transaction
    .selectFrom('accounts')
    .select(['account_id'])
    .where((eb) => eb.or([eb('account_id', '=', account.accountId), eb('root_email', '=', account.rootEmail)]))
    .executeTakeFirst();
  if (other?.account_id === account.accountId) throw new AccountInputError('there is an account with this ID already');
  if (other !== undefined) throw new AccountInputError('there is an account with this e-mail address already');
  const key = await transaction
    .selectFrom('access_keys')
    .select('access_key_id')
    .where('access_key_id', '=', account.accessKeyId)
    .executeTakeFirst();
  if (key !== undefined) throw new AccountInputError('there is an access key with this ID already');
}
