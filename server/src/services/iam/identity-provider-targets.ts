import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { Target } from '../operation.ts';
import { invalidInput } from './errors.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';

/** How the identity providers of one protocol are found by their ARNs, and changed. */
export interface IdentityProviders<Row> {
  /** Its first group is the account. */
  readonly arnForm: RegExp;
  readonly find: (database: Database, arn: string) => Promise<Row | undefined>;
  /** Holds the row until the transaction ends; undefined when the provider is no more. */
  readonly lock: (transaction: DatabaseTransaction, arn: string) => Promise<Row | undefined>;
  readonly update: (transaction: DatabaseTransaction, arn: string, changes: Partial<Row>) => Promise<unknown>;
  readonly missing: (arn: string) => Error;
}

/** An operation on a provider, which may not exist: that is told after authorisation only. */
export interface IdentityProviderTarget<Row> extends Target {
  readonly arn: string;
  readonly provider: Row | undefined;
}

/** What operations on the providers of one protocol do with them. */
export function operationsOn<Row extends { readonly tags: string }>(providers: IdentityProviders<Row>) {
  return {
    /** @throws InvalidInput when the text is no ARN of such a provider */
    target: (services: IamServices, arn: string, context: ConditionEntries = []) =>
      identityProviderTarget(providers, services, arn, context),
    /** @throws NoSuchEntity */
    existing: (target: IdentityProviderTarget<Row>) => existingIdentityProvider(providers, target),
    /** Changes a provider by what `change` makes of its row. @throws NoSuchEntity */
    update: (services: IamServices, target: IdentityProviderTarget<Row>, change: (provider: Row) => Partial<Row>) =>
      updateIdentityProvider(providers, services, target, change),
  };
}

async function identityProviderTarget<Row extends { readonly tags: string }>(
  { arnForm, find }: IdentityProviders<Row>,
  { database }: IamServices,
  arn: string,
  context: ConditionEntries = [],
): Promise<IdentityProviderTarget<Row>> {
  const [, accountId] = arnForm.exec(arn) ?? [];
  if (accountId === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  const provider = await find(database, arn);
  const tags = provider === undefined ? {} : (JSON.parse(provider.tags) as Tags);
  return {
    arn,
    provider,
    resources: [{ arn, accountId, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

function existingIdentityProvider<Row>(
  { missing }: IdentityProviders<Row>,
  { arn, provider }: IdentityProviderTarget<Row>,
): Row {
  if (provider === undefined) throw missing(arn);
  return provider;
}

/**
 * Changes a provider by what `change` makes of its row, one change after another.
 *
 * @throws NoSuchEntity when the provider does not exist or is gone by now
 */
async function updateIdentityProvider<Row>(
  providers: IdentityProviders<Row>,
  { database }: IamServices,
  target: IdentityProviderTarget<Row>,
  change: (provider: Row) => Partial<Row>,
): Promise<void> {
  existingIdentityProvider(providers, target);
  await database.transaction().execute(async (transaction) => {
    const provider = await providers.lock(transaction, target.arn);
    if (provider === undefined) throw providers.missing(target.arn);
    await providers.update(transaction, target.arn, change(provider));
  });
}
