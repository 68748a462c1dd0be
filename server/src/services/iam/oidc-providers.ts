import {
  AddClientIDToOpenIDConnectProvider$,
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProvider$,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProvider$,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProvider$,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProviders$,
  ListOpenIDConnectProvidersCommand,
  RemoveClientIDFromOpenIDConnectProvider$,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprint$,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import { type DatabaseTransaction, lockAccount } from '../../storage/database/row-locks.ts';
import type { OidcProviderRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { alreadyExists, invalidInput, quotaExceeded, refuseDuplicate, validationError } from './errors.ts';
import {
  existingOidcProvider,
  oidcProviderArn,
  oidcProviderTarget,
  updateOidcProvider,
} from './oidc-provider-targets.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { nameKey } from './user-targets.ts';

const MAX_CLIENT_IDS = 100;
const MAX_THUMBPRINTS = 5;
const SCHEME = 'https://';
/** A host and a path, without port, user, query and fragment: OpenID Connect Discovery, section 3, and IAM's own rule. */
const ISSUER = /^https:\/\/[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:\/[\x21\x22\x24-\x3e\x40-\x7e]*)?$/;
const THUMBPRINT = /^[0-9A-Fa-f]{40}$/;

const createProvider = operation(CreateOpenIDConnectProvider$, CreateOpenIDConnectProviderCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const url = urlWithoutScheme(input.Url);
    const resources = [{ arn: oidcProviderArn(accountId, url), accountId }] as const;
    return { url, resources, context: requestTagContext(input.Tags) };
  },
  handle: async ({ database }, call, input, { url, resources, context }) => {
    const [resource] = resources;
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagOpenIDConnectProvider', resource, context);
    }
    const provider: OidcProviderRow = {
      provider_arn: resource.arn,
      account_id: call.principal.accountId,
      url,
      url_key: nameKey(url),
      client_ids: JSON.stringify(acceptedClientIds(input.ClientIDList ?? [])),
      // Without any, AWS looks the certificate up itself. Here nobody is called: such a provider must show a certificate
      // of a trusted authority.
      thumbprints: JSON.stringify(acceptedThumbprints(input.ThumbprintList ?? [])),
      tags: JSON.stringify(tags),
      created_at: Date.now(),
    };
    const insertion = database.transaction().execute((transaction) => insertProvider(transaction, provider));
    await refuseDuplicate(insertion, () => alreadyExists(`Provider with url ${input.Url} already exists.`));
    return { OpenIDConnectProviderArn: provider.provider_arn, Tags: tagList(provider.tags) };
  },
});

const getProvider = operation(GetOpenIDConnectProvider$, GetOpenIDConnectProviderCommand, {
  target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
  handle: (_services, _call, _input, target) => {
    const provider = existingOidcProvider(target);
    return {
      Url: provider.url,
      ClientIDList: JSON.parse(provider.client_ids) as string[],
      ThumbprintList: JSON.parse(provider.thumbprints) as string[],
      CreateDate: new Date(provider.created_at),
      Tags: tagList(provider.tags),
    };
  },
});

const listProviders = operation(ListOpenIDConnectProviders$, ListOpenIDConnectProvidersCommand, {
  target: (_services, { principal: { accountId } }) => ({
    resources: [{ arn: oidcProviderArn(accountId, '*'), accountId }],
  }),
  handle: async ({ database }, call) => {
    const rows = await database
      .selectFrom('oidc_providers')
      .select('provider_arn')
      .where('account_id', '=', call.principal.accountId)
      .orderBy('url_key')
      .execute();
    return { OpenIDConnectProviderList: rows.map(({ provider_arn }) => ({ Arn: provider_arn })) };
  },
});

const addClientId = operation(AddClientIDToOpenIDConnectProvider$, AddClientIDToOpenIDConnectProviderCommand, {
  target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
  handle: async (services, _call, input, target) => {
    await updateOidcProvider(services, target, (provider) => ({
      client_ids: JSON.stringify(acceptedClientIds([...clientIdsOf(provider), input.ClientID])),
    }));
    return {};
  },
});

const removeClientId = operation(
  RemoveClientIDFromOpenIDConnectProvider$,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  {
    target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
    handle: async (services, _call, input, target) => {
      await updateOidcProvider(services, target, (provider) => ({
        client_ids: JSON.stringify(clientIdsOf(provider).filter((clientId) => clientId !== input.ClientID)),
      }));
      return {};
    },
  },
);

const updateThumbprint = operation(
  UpdateOpenIDConnectProviderThumbprint$,
  UpdateOpenIDConnectProviderThumbprintCommand,
  {
    target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
    handle: async (services, _call, input, target) => {
      const thumbprints = JSON.stringify(acceptedThumbprints(input.ThumbprintList));
      await updateOidcProvider(services, target, () => ({ thumbprints }));
      return {};
    },
  },
);

const deleteProvider = operation(DeleteOpenIDConnectProvider$, DeleteOpenIDConnectProviderCommand, {
  target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
  // Of a provider that does not exist too: IAM API Reference, DeleteOpenIDConnectProvider.
  handle: async ({ database }, _call, _input, { arn }) => {
    await database.deleteFrom('oidc_providers').where('provider_arn', '=', arn).execute();
    return {};
  },
});

export const oidcProviderOperations: readonly Operation<IamServices>[] = [
  createProvider,
  getProvider,
  listProviders,
  addClientId,
  removeClientId,
  updateThumbprint,
  deleteProvider,
];

async function insertProvider(transaction: DatabaseTransaction, provider: OidcProviderRow): Promise<void> {
  await lockAccount(transaction, provider.account_id);
  await transaction.insertInto('oidc_providers').values(provider).execute();
  await refuseAboveAccountQuota(
    transaction,
    'oidc_providers',
    provider.account_id,
    'OpenIdConnectProvidersPerAccount',
    ACCOUNT_QUOTAS.oidcProviders,
  );
}

function urlWithoutScheme(url: string): string {
  if (!ISSUER.test(url)) throw validationError('Invalid Open ID Connect Provider URL');
  return url.slice(SCHEME.length);
}

function clientIdsOf(provider: OidcProviderRow): string[] {
  return JSON.parse(provider.client_ids) as string[];
}

function acceptedClientIds(clientIds: readonly string[]): string[] {
  const distinct = [...new Set(clientIds)];
  if (distinct.length > MAX_CLIENT_IDS) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', MAX_CLIENT_IDS);
  return distinct;
}

function acceptedThumbprints(thumbprints: readonly string[]): string[] {
  const distinct = [...new Set(thumbprints.map((thumbprint) => thumbprint.toLowerCase()))];
  if (distinct.some((thumbprint) => !THUMBPRINT.test(thumbprint))) {
    throw invalidInput('Thumbprints must be SHA-1 hashes of 40 hexadecimal digits.');
  }
  if (distinct.length > MAX_THUMBPRINTS) throw quotaExceeded('ThumbprintsPerOpenIdConnectProvider', MAX_THUMBPRINTS);
  return distinct;
}
