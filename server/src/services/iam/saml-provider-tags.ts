import {
  ListSAMLProviderTags$,
  ListSAMLProviderTagsCommand,
  TagSAMLProvider$,
  TagSAMLProviderCommand,
  UntagSAMLProvider$,
  UntagSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { existingSamlProvider, samlProviderTarget, updateSamlProvider } from './saml-provider-targets.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';

const tagProvider = operation(TagSAMLProvider$, TagSAMLProviderCommand, {
  target: (services, _call, input) =>
    samlProviderTarget(services, input.SAMLProviderArn, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await updateSamlProvider(services, target, ({ tags }) => ({ tags: storedWithTags(tags, input.Tags) }));
    return {};
  },
});

const untagProvider = operation(UntagSAMLProvider$, UntagSAMLProviderCommand, {
  target: (services, _call, input) =>
    samlProviderTarget(services, input.SAMLProviderArn, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await updateSamlProvider(services, target, ({ tags }) => ({ tags: storedWithoutTags(tags, input.TagKeys) }));
    return {};
  },
});

const listProviderTags = operation(ListSAMLProviderTags$, ListSAMLProviderTagsCommand, {
  target: (services, _call, input) => samlProviderTarget(services, input.SAMLProviderArn),
  handle: (_services, _call, input, target) =>
    pageOfTags('ListSAMLProviderTags', input, existingSamlProvider(target).tags),
});

export const samlProviderTagOperations: readonly Operation<IamServices>[] = [
  tagProvider,
  untagProvider,
  listProviderTags,
];
