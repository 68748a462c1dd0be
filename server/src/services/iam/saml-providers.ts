import {
  CreateSAMLProvider$,
  CreateSAMLProviderCommand,
  DeleteSAMLProvider$,
  DeleteSAMLProviderCommand,
  GetSAMLProvider$,
  GetSAMLProviderCommand,
  ListSAMLProviders$,
  ListSAMLProvidersCommand,
  UpdateSAMLProvider$,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { SamlProviderRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { alreadyExists, invalidInput, refuseDuplicate } from './errors.ts';
import { newSamlProviderId } from './identifiers.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { parseSamlMetadata } from './saml-metadata.ts';
import {
  existingSamlProvider,
  noSuchSamlProvider,
  samlProviderArn,
  samlProviderTarget,
  updateSamlProvider,
} from './saml-provider-targets.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { nameKey } from './user-targets.ts';

const createProvider = operation(CreateSAMLProvider$, CreateSAMLProviderCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: samlProviderArn(accountId, input.Name), accountId }] as const,
    context: requestTagContext(input.Tags),
  }),
  handle: async ({ database }, call, input, { resources, context }) => {
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagSAMLProvider', resources[0], context);
    }
    refuseEncryption(input);
    const now = new Date();
    const { accountId } = call.principal;
    const provider: SamlProviderRow = {
      provider_arn: resources[0].arn,
      account_id: accountId,
      provider_id: newSamlProviderId(),
      name_key: nameKey(input.Name),
      metadata: input.SAMLMetadataDocument,
      valid_until: parseSamlMetadata(input.SAMLMetadataDocument, now).validUntil.getTime(),
      tags: JSON.stringify(tags),
      created_at: now.getTime(),
    };
    const limit = ACCOUNT_QUOTAS.samlProviders;
    const insertion = database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, accountId);
      await transaction.insertInto('saml_providers').values(provider).execute();
      await refuseAboveAccountQuota(transaction, 'saml_providers', accountId, 'SamlProvidersPerAccount', limit);
    });
    await refuseDuplicate(insertion, () => alreadyExists(`SAMLProvider with name ${input.Name} already exists.`));
    return { SAMLProviderArn: provider.provider_arn, Tags: tagList(provider.tags) };
  },
});

const getProvider = operation(GetSAMLProvider$, GetSAMLProviderCommand, {
  target: (services, _call, input) => samlProviderTarget(services, input.SAMLProviderArn),
  handle: (_services, _call, _input, target) => {
    const provider = existingSamlProvider(target);
    return {
      SAMLProviderUUID: provider.provider_id,
      SAMLMetadataDocument: provider.metadata,
      CreateDate: new Date(provider.created_at),
      ValidUntil: new Date(provider.valid_until),
      Tags: tagList(provider.tags),
    };
  },
});

const listProviders = operation(ListSAMLProviders$, ListSAMLProvidersCommand, {
  target: (_services, { principal: { accountId } }) => ({
    resources: [{ arn: samlProviderArn(accountId, '*'), accountId }],
  }),
  handle: async ({ database }, call) => {
    const rows = await database
      .selectFrom('saml_providers')
      .select(['provider_arn', 'valid_until', 'created_at'])
      .where('account_id', '=', call.principal.accountId)
      .orderBy('name_key')
      .execute();
    return {
      SAMLProviderList: rows.map((row) => ({
        Arn: row.provider_arn,
        ValidUntil: new Date(row.valid_until),
        CreateDate: new Date(row.created_at),
      })),
    };
  },
});

const updateProvider = operation(UpdateSAMLProvider$, UpdateSAMLProviderCommand, {
  target: (services, _call, input) => samlProviderTarget(services, input.SAMLProviderArn),
  handle: async (services, _call, input, target) => {
    existingSamlProvider(target);
    refuseEncryption(input);
    const { SAMLMetadataDocument: metadata } = input;
    if (metadata !== undefined) {
      const valid_until = parseSamlMetadata(metadata, new Date()).validUntil.getTime();
      await updateSamlProvider(services, target, () => ({ metadata, valid_until }));
    }
    return { SAMLProviderArn: target.arn };
  },
});

const deleteProvider = operation(DeleteSAMLProvider$, DeleteSAMLProviderCommand, {
  target: (services, _call, input) => samlProviderTarget(services, input.SAMLProviderArn),
  handle: async ({ database }, _call, _input, { arn }) => {
    const { numDeletedRows } = await database
      .deleteFrom('saml_providers')
      .where('provider_arn', '=', arn)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchSamlProvider(arn);
    return {};
  },
});

export const samlProviderOperations: readonly Operation<IamServices>[] = [
  createProvider,
  getProvider,
  listProviders,
  updateProvider,
  deleteProvider,
];

/** No assertion is taken here, so nobody would use the key. */
function refuseEncryption(input: {
  readonly AssertionEncryptionMode?: string | undefined;
  readonly AddPrivateKey?: string | undefined;
  readonly RemovePrivateKey?: string | undefined;
}): void {
  if ((input.AssertionEncryptionMode ?? input.AddPrivateKey ?? input.RemovePrivateKey) !== undefined) {
    throw invalidInput('Encrypted SAML assertions are not supported.');
  }
}
