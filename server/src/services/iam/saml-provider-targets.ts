import { lockSamlProvider } from '../../storage/database/row-locks.ts';
import type { SamlProviderRow } from '../../storage/database/schema.ts';
import { noSuchEntity } from './errors.ts';
import { type IdentityProviders, operationsOn } from './identity-provider-targets.ts';

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

export const {
  target: samlProviderTarget,
  existing: existingSamlProvider,
  update: updateSamlProvider,
} = operationsOn(PROVIDERS);

export function noSuchSamlProvider(arn: string): Error {
  return noSuchEntity(`Manifest not found for arn ${arn}`);
}
