import type { ConditionEntries } from '../../access/authorization.ts';
import { lockSamlProvider } from '../../storage/database/row-locks.ts';
import type { SamlProviderRow } from '../../storage/database/schema.ts';
import { noSuchEntity } from './errors.ts';
import {
  existingIdentityProvider,
  type IdentityProviders,
  type IdentityProviderTarget,
  identityProviderTarget,
  updateIdentityProvider,
} from './identity-provider-targets.ts';
import type { IamServices } from './service.ts';

const PROVIDERS: IdentityProviders<SamlProviderRow> = {
  arnForm: /^arn:aws:iam::(\d{12}):saml-provider\/[\w._-]+$/,
  find: (database, arn) =>
    database.selectFrom('saml_providers').selectAll().where('provider_arn', '=', arn).executeTakeFirst(),
  lock: lockSamlProvider,
  update: (transaction, arn, changes) =>
    transaction.updateTable('saml_providers').set(changes).where('provider_arn', '=', arn).execute(),
  missing: noSuchSamlProvider,
};

export function samlProviderArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:saml-provider/${name}`;
}

/** @throws InvalidInput when the text is no ARN of such a provider */
export function samlProviderTarget(
  services: IamServices,
  arn: string,
  context: ConditionEntries = [],
): Promise<IdentityProviderTarget<SamlProviderRow>> {
  return identityProviderTarget(PROVIDERS, services, arn, context);
}

/** @throws NoSuchEntity */
export function existingSamlProvider(target: IdentityProviderTarget<SamlProviderRow>): SamlProviderRow {
  return existingIdentityProvider(PROVIDERS, target);
}

/** Changes a provider by what `change` makes of its row. @throws NoSuchEntity */
export function updateSamlProvider(
  services: IamServices,
  target: IdentityProviderTarget<SamlProviderRow>,
  change: (provider: SamlProviderRow) => Partial<SamlProviderRow>,
): Promise<void> {
  return updateIdentityProvider(PROVIDERS, services, target, change);
}

export function noSuchSamlProvider(arn: string): Error {
  return noSuchEntity(`Manifest not found for arn ${arn}`);
}
