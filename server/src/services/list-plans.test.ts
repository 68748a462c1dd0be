import { randomBytes } from 'node:crypto';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ACCOUNT, type CodecommitFixture, callOf, codecommitFixture } from '../../test/harness/codecommit-services.ts';
import { sqliteEngine } from '../../test/harness/databases.ts';
import { GitCredentials } from '../access/authentication/git-credentials.ts';
import { RootKey } from '../storage/encryption/root-key.ts';
import { iamOperations } from './iam/operations.ts';
import type { IamServices } from './iam/service.ts';

// A page of a list must cost what the page costs, however long the list is. SQLite tells how it would answer each query.

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const TRUST = DOCUMENT.replace('"Resource":"*"', '"Principal":{"AWS":"*"}').replace('"*"', '"sts:AssumeRole"');
const SORTS = /USE TEMP B-TREE FOR (LAST TERM OF |RIGHT PART OF )?ORDER BY/;
/** A table that is read from end to end; the others are parts of a query, named by it. */
const SCANS = /^SCAN (?!(part|entities)\b)/;

/** @property sortsFew what is sorted, where that is little whatever the account has */
interface List {
  readonly service: 'iam' | 'kms' | 'codecommit';
  readonly name: string;
  readonly input?: object;
  readonly sortsFew?: string;
}

const POLICY_ARN = `arn:aws:iam::${ACCOUNT}:policy/p1`;
const LISTS: readonly List[] = [
  { service: 'iam', name: 'ListUsers' },
  { service: 'iam', name: 'ListGroups' },
  { service: 'iam', name: 'ListRoles' },
  { service: 'iam', name: 'ListPolicies', input: { Scope: 'Local' } },
  { service: 'iam', name: 'ListPolicies', input: { Scope: 'Local', OnlyAttached: true } },
  { service: 'iam', name: 'ListPolicies', input: { Scope: 'Local', PolicyUsageFilter: 'PermissionsBoundary' } },
  { service: 'iam', name: 'ListEntitiesForPolicy', input: { PolicyArn: POLICY_ARN }, sortsFew: 'a page of each use' },
  { service: 'iam', name: 'GetGroup', input: { GroupName: 'g1' } },
  { service: 'iam', name: 'ListGroupsForUser', input: { UserName: 'u1' }, sortsFew: 'at most ten groups' },
  { service: 'iam', name: 'ListAttachedUserPolicies', input: { UserName: 'u1' } },
  { service: 'iam', name: 'ListUserPolicies', input: { UserName: 'u1' } },
  { service: 'iam', name: 'ListVirtualMFADevices' },
  { service: 'iam', name: 'ListInstanceProfiles' },
  { service: 'iam', name: 'GetAccountAuthorizationDetails', sortsFew: 'what those on the page have' },
  { service: 'kms', name: 'ListKeys' },
  { service: 'kms', name: 'ListAliases' },
  { service: 'codecommit', name: 'ListRepositories', input: { sortBy: 'repositoryName' } },
  { service: 'codecommit', name: 'ListRepositories', input: { sortBy: 'lastModifiedDate' } },
  { service: 'codecommit', name: 'ListRepositories', input: { sortBy: 'repositoryName', order: 'descending' } },
];

describe('queries of lists on sqlite', () => {
  const prepared = vi.spyOn(BetterSqlite3.prototype, 'prepare');
  let codecommit: CodecommitFixture;
  let iamServices: IamServices;

  beforeAll(async () => {
    codecommit = await codecommitFixture(sqliteEngine);
    const { services, sealer } = codecommit;
    const rootKey = RootKey.fromBase64(randomBytes(32).toString('base64'));
    const { database } = services;
    iamServices = { database, sealer, gitCredentials: new GitCredentials(database, rootKey) };
    for (const n of [1, 2]) {
      await iam('CreateUser', { UserName: `u${n}` });
      await iam('CreateGroup', { GroupName: `g${n}` });
      await iam('CreateRole', { RoleName: `r${n}`, AssumeRolePolicyDocument: TRUST });
      await iam('CreatePolicy', { PolicyName: `p${n}`, PolicyDocument: DOCUMENT });
      await iam('CreateInstanceProfile', { InstanceProfileName: `i${n}` });
      await iam('CreateVirtualMFADevice', { VirtualMFADeviceName: `m${n}` });
      await codecommit.run('CreateRepository', { repositoryName: `r${n}` });
      const { KeyMetadata } = await codecommit.runKms('CreateKey', {});
      await codecommit.runKms('CreateAlias', { AliasName: `alias/a${n}`, TargetKeyId: KeyMetadata.KeyId });
    }
    for (const n of [1, 2]) {
      await iam('AddUserToGroup', { UserName: `u${n}`, GroupName: 'g1' });
      if (n === 2) await iam('AddUserToGroup', { UserName: 'u1', GroupName: 'g2' });
      for (const policy of ['p1', 'p2']) {
        const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/${policy}`;
        await iam('AttachUserPolicy', { UserName: `u${n}`, PolicyArn });
        await iam('PutUserPermissionsBoundary', { UserName: `u${n}`, PermissionsBoundary: PolicyArn });
        await iam('PutUserPolicy', { UserName: `u${n}`, PolicyName: policy, PolicyDocument: DOCUMENT });
      }
    }
  });
  afterAll(async () => {
    prepared.mockRestore();
    await codecommit.dispose();
  });

  // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
  async function iam(name: string, input: object): Promise<any> {
    const operation = iamOperations.get(name);
    if (operation === undefined) throw new Error(`No operation ${name}`);
    return operation.run(iamServices, callOf(), input);
  }

  /** How SQLite answers what `work` asks, a line for each step of each query. */
  async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
    prepared.mockClear();
    await work();
    const calls = prepared.mock.calls.map(([text]) => text);
    const [connection] = prepared.mock.contexts as BetterSqlite3.Database[];
    return calls.flatMap((text) => {
      if (connection === undefined || !/^\s*(select|with)/i.test(text)) return [];
      const values = Array.from({ length: text.split('?').length - 1 }, () => '');
      const rows = connection.prepare(`explain query plan ${text}`).all(values) as { detail: string }[];
      return rows.map(({ detail }) => detail);
    });
  }

  it('are seen at all, and what sorts or reads a whole table is', async () => {
    const { database } = codecommit.services;
    const plans = await plansOf(() => database.selectFrom('users').selectAll().orderBy('created_at').execute());
    expect(plans).toEqual([expect.stringMatching(SCANS), expect.stringMatching(SORTS)]);
  });

  it.each(LISTS)(
    'sort and read no more than a page: $service $name $input',
    async ({ service, name, input, sortsFew }) => {
      const plans = await plansOf(async () => {
        if (service === 'codecommit') return codecommit.run(name, { ...input });
        if (service === 'kms') {
          const { NextMarker } = await codecommit.runKms(name, { ...input, Limit: 1 });
          return codecommit.runKms(name, { ...input, Limit: 1, Marker: NextMarker });
        }
        const { Marker } = await iam(name, { ...input, MaxItems: 1 });
        return iam(name, { ...input, MaxItems: 1, Marker });
      });
      expect(plans).not.toEqual([]);
      expect(plans.filter((line) => SCANS.test(line))).toEqual([]);
      if (sortsFew === undefined) expect(plans.filter((line) => SORTS.test(line))).toEqual([]);
    },
  );
});
