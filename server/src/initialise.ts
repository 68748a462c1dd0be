import { randomBytes } from 'node:crypto';
import { type Config, StartupError } from './config.ts';
import { AccountInputError, createAccount, hasAccount } from './services/iam/accounts.ts';
import { openStores, type Stores } from './stores.ts';

export interface AccountOptions {
  readonly accountId?: string;
  readonly accountName?: string;
  readonly rootEmail?: string;
  readonly rootPassword?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** What `codekeep init` or `create-account` made; its secrets are shown this once. */
export interface InitialAccount {
  readonly accountId: string;
  readonly rootEmail: string;
  readonly rootPassword: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const DEFAULT_ROOT_EMAIL = 'root@codekeep.localhost';

/** True when the installation has an account already. */
export async function isInitialised(config: Config): Promise<boolean> {
  return withStores(config, ({ database }) => hasAccount(database));
}

/**
 * Makes the first account of an installation.
 *
 * @throws StartupError when there is one already, or an option is not what AWS would accept
 */
export async function initialise(config: Config, options: AccountOptions): Promise<InitialAccount> {
  return withStores(config, async (stores) => {
    if (await hasAccount(stores.database)) throw new StartupError('this data folder already has an account');
    return makeAccount(config, stores, { rootEmail: DEFAULT_ROOT_EMAIL, ...options });
  });
}

/**
 * Makes an account with its root user's access key, in stores that are open.
 *
 * @throws StartupError when an option is not what AWS would accept
 */
export async function makeAccount(
  config: Config,
  stores: Stores,
  options: AccountOptions & { readonly rootEmail: string },
): Promise<InitialAccount> {
  const rootPassword = options.rootPassword ?? randomBytes(18).toString('base64url');
  try {
    return { ...(await createAccount(stores, { ...options, rootPassword })), rootPassword, region: config.region };
  } catch (error) {
    if (error instanceof AccountInputError) throw new StartupError(error.message);
    throw error;
  }
}

/** @throws StartupError when the data folder cannot be had: a running Codekeep holds it */
export async function withStores<T>(config: Config, work: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openStores(config);
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}
