import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { lockSamlProvider } from '../../storage/database/row-locks.ts';
import type { SamlProviderRow } from '../../storage/database/schema.ts';
import type { Target } from '../operation.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';

/** An operation on a provider, which may not exist: that is told after authorisation only. */
export interface SamlProviderTarget extends Target {
  readonly arn: string;
  readonly provider: SamlProviderRow | undefined;
}

const PROVIDER_ARN = /^arn:aws:iam::(\d{12}):saml-provider\/[\w._-]+$/;

export function samlProviderArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:saml-provider/${name}`;
}

/** @throws InvalidInput when the text is no ARN of a SAML provider */
export async function samlProviderTarget(
  { database }: IamServices,
  arn: string,
  context: ConditionEntries = [],
): Promise<SamlProviderTarget> {
  const [, accountId] = PROVIDER_ARN.exec(arn) ?? [];
  if (accountId === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  const provider = await database
    .selectFrom('saml_providers')
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
export function existingSamlProvider({ arn, provider }: SamlProviderTarget): SamlProviderRow {
  if (provider === undefined) throw noSuchProvider(arn);
  return provider;
}

/**
 * Changes a provider by what `change` makes of its row, one change after another.
 *
 * @throws NoSuchEntity when the provider does not exist or is gone by now
 */
export async function updateSamlProvider(
  { database }: IamServices,
  target: SamlProviderTarget,
  change: (provider: SamlProviderRow) => Partial<SamlProviderRow>,
): Promise<void> {
  existingSamlProvider(target);
  await database.transaction().execute(async (transaction) => {
    const provider = await lockSamlProvider(transaction, target.arn);
    if (provider === undefined) throw noSuchProvider(target.arn);
    await transaction
      .updateTable('saml_providers')
      .set(change(provider))
      .where('provider_arn', '=', target.arn)
      .execute();
  });
}

export function noSuchProvider(arn: string): Error {
  return noSuchEntity(`Manifest not found for arn ${arn}`);
}
