import {
  ListOpenIDConnectProviderTags$,
  ListOpenIDConnectProviderTagsCommand,
  TagOpenIDConnectProvider$,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProvider$,
  UntagOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { existingOidcProvider, oidcProviderTarget, updateOidcProvider } from './oidc-provider-targets.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';

const tagProvider = operation(TagOpenIDConnectProvider$, TagOpenIDConnectProviderCommand, {
  target: (services, _call, input) =>
    oidcProviderTarget(services, input.OpenIDConnectProviderArn, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await updateOidcProvider(services, target, ({ tags }) => ({ tags: storedWithTags(tags, input.Tags) }));
    return {};
  },
});

const untagProvider = operation(UntagOpenIDConnectProvider$, UntagOpenIDConnectProviderCommand, {
  target: (services, _call, input) =>
    oidcProviderTarget(services, input.OpenIDConnectProviderArn, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await updateOidcProvider(services, target, ({ tags }) => ({ tags: storedWithoutTags(tags, input.TagKeys) }));
    return {};
  },
});

const listProviderTags = operation(ListOpenIDConnectProviderTags$, ListOpenIDConnectProviderTagsCommand, {
  target: (services, _call, input) => oidcProviderTarget(services, input.OpenIDConnectProviderArn),
  handle: (_services, _call, input, target) =>
    pageOfTags('ListOpenIDConnectProviderTags', input, existingOidcProvider(target).tags),
});

export const oidcProviderTagOperations: readonly Operation<IamServices>[] = [
  tagProvider,
  untagProvider,
  listProviderTags,
];
