import { lockOidcProvider } from '../../storage/database/row-locks.ts';
import type { OidcProviderRow } from '../../storage/database/schema.ts';
import { noSuchEntity } from './errors.ts';
import { type IdentityProviders, operationsOn } from './identity-provider-targets.ts';

const PROVIDERS: IdentityProviders<OidcProviderRow> = {
  arnForm: /^arn:aws:iam::(\d{12}):oidc-provider\/[\x21-\x7e]+$/,
  find: (database, arn) =>
    database.selectFrom('oidc_providers').selectAll().where('provider_arn', '=', arn).executeTakeFirst(),
  lock: lockOidcProvider,
  update: (transaction, arn, changes) =>
    transaction.updateTable('oidc_providers').set(changes).where('provider_arn', '=', arn).execute(),
  missing: noSuchOidcProvider,
};

/** @param url without `https://` */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}

export const {
  target: oidcProviderTarget,
  existing: existingOidcProvider,
  update: updateOidcProvider,
} = operationsOn(PROVIDERS);

function noSuchOidcProvider(arn: string): Error {
  return noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
}
