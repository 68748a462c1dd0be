import {
  GetContextKeysForCustomPolicy$,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicy$,
  GetContextKeysForPrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { contextKeysOf } from '../../access/policy/context-keys.ts';
import { readPolicyDocument } from '../../access/policy/policy-structure.ts';
import type { Operation } from '../operation.ts';
import { policyInputs } from './policy-inputs.ts';
import { policySourceTarget } from './policy-sources.ts';
import { type IamServices, operation } from './service.ts';

const getContextKeysForCustomPolicy = operation(GetContextKeysForCustomPolicy$, GetContextKeysForCustomPolicyCommand, {
  target: (_services, { principal: { accountId } }) => ({ resources: [{ arn: '*', accountId }] }),
  handle: (_services, _call, input) => ({
    ContextKeyNames: keysOf(policyInputs('PolicyInputList', input.PolicyInputList).map(({ text }) => text)),
  }),
});

const getContextKeysForPrincipalPolicy = operation(
  GetContextKeysForPrincipalPolicy$,
  GetContextKeysForPrincipalPolicyCommand,
  {
    target: (services, call, input) => policySourceTarget(services, call, input.PolicySourceArn),
    handle: async (_services, _call, input, target) => {
      const { identity } = await target.load();
      const policies = [...identity, ...policyInputs('PolicyInputList', input.PolicyInputList)];
      return { ContextKeyNames: keysOf(policies.map(({ text }) => text)) };
    },
  },
);

export const contextKeyOperations: readonly Operation<IamServices>[] = [
  getContextKeysForCustomPolicy,
  getContextKeysForPrincipalPolicy,
];

/** In the order in which they are met, each once. */
function keysOf(texts: readonly string[]): string[] {
  const keys = texts.flatMap((text) => {
    const { version, statements } = readPolicyDocument(text);
    return contextKeysOf({ statements, variables: version === '2012-10-17' });
  });
  const names = new Map<string, string>();
  for (const key of keys) if (!names.has(key.toLowerCase())) names.set(key.toLowerCase(), key);
  return [...names.values()];
}
