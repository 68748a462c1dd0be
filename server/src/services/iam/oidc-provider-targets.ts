import type { ConditionEntries } from '../../access/authorization.ts';
import { lockOidcProvider } from '../../storage/database/row-locks.ts';
import type { OidcProviderRow } from '../../storage/database/schema.ts';
import { noSuchEntity } from './errors.ts';
import {
  existingIdentityProvider,
  type IdentityProviders,
  type IdentityProviderTarget,
  identityProviderTarget,
  updateIdentityProvider,
} from './identity-provider-targets.ts';
import type { IamServices } from './service.ts';

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

/** @throws InvalidInput when the text is no ARN of such a provider */
export function oidcProviderTarget(
  services: IamServices,
  arn: string,
  context: ConditionEntries = [],
): Promise<IdentityProviderTarget<OidcProviderRow>> {
  return identityProviderTarget(PROVIDERS, services, arn, context);
}

/** @throws NoSuchEntity */
export function existingOidcProvider(target: IdentityProviderTarget<OidcProviderRow>): OidcProviderRow {
  return existingIdentityProvider(PROVIDERS, target);
}

/** Changes a provider by what `change` makes of its row. @throws NoSuchEntity */
export function updateOidcProvider(
  services: IamServices,
  target: IdentityProviderTarget<OidcProviderRow>,
  change: (provider: OidcProviderRow) => Partial<OidcProviderRow>,
): Promise<void> {
  return updateIdentityProvider(PROVIDERS, services, target, change);
}

function noSuchOidcProvider(arn: string): Error {
  return noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
}
