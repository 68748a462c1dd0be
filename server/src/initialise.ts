import { randomBytes } from 'node:crypto';
import { type Config, StartupError } from './config.ts';
import { AccountInputError, createAccount } from './services/iam/accounts.ts';
import { hasAccount, openStores, type Stores } from './stores.ts';

export interface AccountOptions {
  readonly accountId?: string;
  readonly rootEmail?: string;
  readonly rootPassword?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** What `codekeep init` made; its secrets are shown this once. */
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
  const rootPassword = options.rootPassword ?? randomBytes(18).toString('base64url');
  return withStores(config, async ({ database, sealer }) => {
    if (await hasAccount(database)) throw new StartupError('this data folder already has an account');
    try {
      const account = await createAccount(
        { database, sealer },
        { ...options, rootEmail: options.rootEmail ?? DEFAULT_ROOT_EMAIL, rootPassword },
      );
      return { ...account, rootPassword, region: config.region };
    } catch (error) {
      if (error instanceof AccountInputError) throw new StartupError(error.message);
      throw error;
    }
  });
}

async function withStores<T>(config: Config, work: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openStores(config);
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}
