import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { type DatabaseTransaction, lockOidcProvider } from '../../storage/database/row-locks.ts';
import type { OidcProviderRow } from '../../storage/database/schema.ts';
import type { Target } from '../operation.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';

/** An operation on a provider, which may not exist: that is told after authorisation only. */
export interface OidcProviderTarget extends Target {
  readonly arn: string;
  readonly provider: OidcProviderRow | undefined;
}

const PROVIDER_ARN = /^arn:aws:iam::(\d{12}):oidc-provider\/[\x21-\x7e]+$/;

/** @param url without `https://` */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}

/** @throws InvalidInput when the text is no ARN of an OpenID Connect provider */
export async function oidcProviderTarget(
  { database }: IamServices,
  arn: string,
  context: ConditionEntries = [],
): Promise<OidcProviderTarget> {
  const [, accountId] = PROVIDER_ARN.exec(arn) ?? [];
  if (accountId === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  const provider = await database
    .selectFrom('oidc_providers')
    .selectAll()
    .where('provider_arn', '=', arn)
    .executeTakeFirst();
  const tags = provider === undefined ? {} : (JSON.parse(provider.tags) as Tags);
  return {
    arn,
    provider,
    resources: [{ arn, accountId, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

/** @throws NoSuchEntity */
export function existingOidcProvider({ arn, provider }: OidcProviderTarget): OidcProviderRow {
  if (provider === undefined) throw noSuchProvider(arn);
  return provider;
}

/**
 * Changes a provider by what `change` makes of its row, one change after another.
 *
 * @throws NoSuchEntity when the provider does not exist or is gone by now
 */
export async function updateOidcProvider(
  { database }: IamServices,
  target: OidcProviderTarget,
  change: (provider: OidcProviderRow) => Partial<OidcProviderRow>,
): Promise<void> {
  existingOidcProvider(target);
  await database.transaction().execute(async (transaction: DatabaseTransaction) => {
    const provider = await lockOidcProvider(transaction, target.arn);
    if (provider === undefined) throw noSuchProvider(target.arn);
    await transaction
      .updateTable('oidc_providers')
      .set(change(provider))
      .where('provider_arn', '=', target.arn)
      .execute();
  });
}

function noSuchProvider(arn: string): Error {
  return noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
}
