import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { ServiceError } from '../service-error.ts';
import { iamOperations } from './operations.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'codecommit:*', Resource: '*' }],
});
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
});
const AWS_POLICY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
const RUNS = 10;
const PAGE = 2;

type Kind = 'User' | 'Group' | 'Role';

/** What the account should be: by kind and name, which policies are attached and which is the boundary. */
interface Entity {
  readonly kind: Kind;
  name: string;
  readonly attached: Set<string>;
  boundary: string | undefined;
  readonly groups: Set<Entity>;
}

interface Step {
  readonly what: 'attach' | 'detach' | 'bound' | 'unbound' | 'join' | 'leave' | 'rename' | 'delete' | 'delete policy';
  readonly entity: number;
  readonly other: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what']>(
      ...(['attach', 'attach', 'attach', 'detach', 'bound', 'bound', 'unbound'] as const),
      ...(['join', 'join', 'leave', 'rename', 'rename', 'delete', 'delete policy'] as const),
    ),
    entity: fc.nat(8),
    other: fc.nat(8),
  }),
  { minLength: 30, maxLength: 60, size: 'max' },
);

describe.each(databaseEngines)('uses of policies and members of groups on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let first: TestAccount;
    let sequence = 0;

    beforeAll(async () => {
      first = await openTestAccount(engine);
    });
    afterAll(() => first.close());

    it('are counted and listed as a recount finds them, whatever is attached, detached, renamed and deleted', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          // Accounts on one database: uses of the same AWS managed policy in the others must not count.
          const account = await first.otherAccount();
          const model = await newModel(account);
          for (const step of taken) await model.take(step);
          await model.compare();
        }),
        { numRuns: RUNS },
      );
    });

    async function newModel(account: TestAccount) {
      // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
      const run = async (name: string, input: object): Promise<any> => {
        const operation = iamOperations.get(name);
        if (operation === undefined) throw new Error(`No operation ${name}`);
        const environment = { sourceIp: '192.0.2.1', userAgent: 'test', secureTransport: true, region: 'us-east-1' };
        const call = { requestId: 'request', principal: rootPrincipal(account.accountId) };
        return operation.run(account.services, { ...call, environment: { ...environment, time: new Date() } }, input);
      };
      const newName = (kind: string) => {
        sequence += 1;
        // In another order than that in which they are made.
        return `${'dacb'[sequence % 4]}-${kind}-${sequence}`;
      };
      const policies = [AWS_POLICY];
      for (const name of ['b', 'a']) {
        policies.push((await run('CreatePolicy', { PolicyName: name, PolicyDocument: DOCUMENT })).Policy.Arn);
      }
      const entities: Entity[] = [];
      for (const kind of ['User', 'User', 'User', 'Group', 'Group', 'Role', 'Role'] as const) {
        const name = newName(kind);
        await run(`Create${kind}`, {
          [`${kind}Name`]: name,
          ...(kind === 'Role' && { AssumeRolePolicyDocument: TRUST }),
        });
        entities.push({ kind, name, attached: new Set(), boundary: undefined, groups: new Set() });
      }
      const named = ({ kind, name }: Entity) => ({ [`${kind}Name`]: name });
      const ofKind = (kind: Kind) => entities.filter((entity) => entity.kind === kind);
      const isUsed = (arn: string) => entities.some(({ attached, boundary }) => attached.has(arn) || boundary === arn);

      async function take({ what, entity: number, other }: Step): Promise<void> {
        const entity = entities[number % Math.max(entities.length, 1)];
        const arn = policies[other % policies.length];
        if (entity === undefined || arn === undefined) return;
        const group = ofKind('Group')[other % Math.max(ofKind('Group').length, 1)];
        switch (what) {
          case 'attach':
            await run(`Attach${entity.kind}Policy`, { ...named(entity), PolicyArn: arn });
            entity.attached.add(arn);
            return;
          case 'detach':
            if (!entity.attached.delete(arn)) return;
            await run(`Detach${entity.kind}Policy`, { ...named(entity), PolicyArn: arn });
            return;
          case 'bound':
            if (entity.kind === 'Group') return;
            await run(`Put${entity.kind}PermissionsBoundary`, { ...named(entity), PermissionsBoundary: arn });
            entity.boundary = arn;
            return;
          case 'unbound':
            if (entity.kind === 'Group' || entity.boundary === undefined) return;
            await run(`Delete${entity.kind}PermissionsBoundary`, named(entity));
            entity.boundary = undefined;
            return;
          case 'join':
            if (entity.kind !== 'User' || group === undefined) return;
            await run('AddUserToGroup', { ...named(entity), ...named(group) });
            entity.groups.add(group);
            return;
          case 'leave':
            if (group === undefined || !entity.groups.delete(group)) return;
            await run('RemoveUserFromGroup', { ...named(entity), ...named(group) });
            return;
          case 'rename': {
            if (entity.kind === 'Role') return;
            const name = newName(entity.kind);
            await run(`Update${entity.kind}`, { ...named(entity), [`New${entity.kind}Name`]: name });
            entity.name = name;
            return;
          }
          case 'delete':
            await remove(entity);
            return;
          case 'delete policy':
            await removePolicy(arn);
        }
      }

      async function remove(entity: Entity): Promise<void> {
        const isFree = entity.attached.size === 0 && !entities.some(({ groups }) => groups.has(entity));
        const deletion = run(`Delete${entity.kind}`, named(entity));
        if (!isFree || entity.groups.size > 0) return refused(deletion);
        await deletion;
        entities.splice(entities.indexOf(entity), 1);
      }

      async function removePolicy(arn: string): Promise<void> {
        if (arn === AWS_POLICY) return;
        const deletion = run('DeletePolicy', { PolicyArn: arn });
        if (isUsed(arn)) return refused(deletion);
        await deletion;
        policies.splice(policies.indexOf(arn), 1);
      }

      async function compare(): Promise<void> {
        for (const arn of policies) await comparePolicy(arn);
        const used = policies.filter((arn) => isUsed(arn)).sort();
        const bounding = policies.filter((arn) => entities.some(({ boundary }) => boundary === arn)).sort();
        expect((await allOf('ListPolicies', { OnlyAttached: true }, ['Policies'])).map(arnOf).sort()).toEqual(used);
        const asBoundary = { PolicyUsageFilter: 'PermissionsBoundary' };
        expect((await allOf('ListPolicies', asBoundary, ['Policies'])).map(arnOf).sort()).toEqual(bounding);
        for (const group of ofKind('Group')) {
          const members = entities.filter(({ groups }) => groups.has(group)).map(({ name }) => name);
          const listed = await allOf('GetGroup', named(group), ['Users']);
          expect(listed.map(({ UserName }) => UserName)).toEqual(sorted(members));
        }
      }

      async function comparePolicy(arn: string): Promise<void> {
        const attached = entities.filter((entity) => entity.attached.has(arn));
        const bounded = entities.filter(({ boundary }) => boundary === arn);
        const { Policy } = await run('GetPolicy', { PolicyArn: arn });
        expect(Policy).toMatchObject({
          AttachmentCount: attached.length,
          PermissionsBoundaryUsageCount: bounded.length,
        });
        for (const [filter, expected] of [
          [{}, entities.filter((entity) => attached.includes(entity) || bounded.includes(entity))],
          [{ PolicyUsageFilter: 'PermissionsPolicy' }, attached],
          [
            { PolicyUsageFilter: 'PermissionsBoundary', EntityFilter: 'User' },
            bounded.filter(({ kind }) => kind === 'User'),
          ],
        ] as const) {
          const lists = ['PolicyGroups', 'PolicyRoles', 'PolicyUsers'];
          const listed = await allOf('ListEntitiesForPolicy', { PolicyArn: arn, ...filter }, lists);
          const names = (['Group', 'Role', 'User'] as const).flatMap((kind) =>
            sorted(expected.filter((entity) => entity.kind === kind).map(({ name }) => name)),
          );
          expect(listed.map((entity) => entity.GroupName ?? entity.RoleName ?? entity.UserName)).toEqual(names);
        }
      }

      /** All items of a list, page by page. */
      async function allOf(name: string, input: object, lists: readonly string[]) {
        const items: Record<string, string>[] = [];
        for (let Marker: string | undefined, isLast = false; !isLast; ) {
          const output = await run(name, { ...input, MaxItems: PAGE, ...(Marker !== undefined && { Marker }) });
          items.push(...lists.flatMap((list) => output[list]));
          ({ Marker } = output);
          isLast = Marker === undefined;
        }
        return items;
      }

      return { take, compare };
    }
  });
});

async function refused(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toBeInstanceOf(ServiceError);
}

function sorted(names: readonly string[]): string[] {
  return names.toSorted((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
}

function arnOf(policy: Record<string, string>): string | undefined {
  return policy.Arn;
}
