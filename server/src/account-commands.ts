import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, StartupError } from './config.ts';
import { type AccountOptions, type InitialAccount, makeAccount, withStores } from './initialise.ts';
import { closeAccount, reopenAccount } from './services/iam/account-closure.ts';
import { hasAccount } from './services/iam/accounts.ts';
import type { Stores } from './stores.ts';

/**
 * Makes a further account, whatever sign-up is set to.
 *
 * @throws StartupError when the data folder cannot be had, or an option is not what AWS would accept
 */
export async function createFurtherAccount(
  config: Config,
  options: AccountOptions & { readonly rootEmail: string },
): Promise<InitialAccount> {
  return withInitialisedStores(config, (stores) => makeAccount(config, stores, options));
}

/** @throws StartupError when there is no such account, or it is closed already */
export async function closeAccountByHand(config: Config, accountId: string): Promise<void> {
  await withInitialisedStores(config, async ({ database }) => {
    if (await closeAccount(database, accountId, new Date())) return;
    throw new StartupError(`there is no open account ${accountId}`);
  });
}

/** @throws StartupError when there is no such account, it is open, or its data are gone */
export async function reopenAccountByHand(config: Config, accountId: string): Promise<void> {
  await withInitialisedStores(config, async ({ database }) => {
    if (await reopenAccount(database, accountId, new Date())) return;
    throw new StartupError(`there is no closed account ${accountId}`);
  });
}

async function withInitialisedStores<T>(config: Config, work: (stores: Stores) => Promise<T>): Promise<T> {
  // A mistyped folder must not be made.
  if (!existsSync(join(config.data, 'lock'))) throw new StartupError(`there is no data folder in ${config.data}`);
  return withStores(config, async (stores) => {
    if (await hasAccount(stores.database)) return work(stores);
    throw new StartupError(`no account in ${config.data} yet: make the first one with codekeep init`);
  });
}
