import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AccessCache } from '../server/src/access/access-cache.ts';
import { AccessKeys } from '../server/src/access/authentication/access-keys.ts';
import { GitAuthentication } from '../server/src/access/authentication/git-authentication.ts';
import { GitCredentials } from '../server/src/access/authentication/git-credentials.ts';
import { roleUses } from '../server/src/access/authentication/role-uses.ts';
import { ServiceUses } from '../server/src/access/authentication/service-uses.ts';
import { SessionTokens } from '../server/src/access/authentication/session-tokens.ts';
import { SignInGuard } from '../server/src/access/authentication/sign-in-guard.ts';
import { SigningKeys } from '../server/src/access/authentication/signing-keys.ts';
import type { Principal } from '../server/src/access/principal.ts';
import { loadUserPrincipal, rootPrincipal } from '../server/src/access/principals.ts';
import { Repositories } from '../server/src/repositories/repositories.ts';
import { openRepository } from '../server/src/services/codecommit/git-access.ts';
import { codecommitOperations } from '../server/src/services/codecommit/operations.ts';
import { iamOperations } from '../server/src/services/iam/operations.ts';
import { KeyUse } from '../server/src/services/kms/key-use.ts';
import type { Call, Operation } from '../server/src/services/operation.ts';
import { FileBlobStore } from '../server/src/storage/blobs/file-blob-store.ts';
import { openDatabase } from '../server/src/storage/database/database.ts';
import { RootKey } from '../server/src/storage/encryption/root-key.ts';
import { Sealer } from '../server/src/storage/encryption/sealing.ts';
import { temporaryFolder } from '../server/test/harness/temporary-folders.ts';
import {
  ACCOUNT,
  credentialOf,
  EVERYONE,
  fillLargeAccount,
  fillRepositories,
  policyArnOf,
  REGION,
  SIZES,
} from './large-account.ts';
import { median, timed } from './measurement.ts';

// Authentication and authorisation of a Git request, and pages of lists, in an account of 10,000 users, 1,000 groups,
// 5,000 policies and 1,000,000 repositories: in one process, without HTTP; on SQLite, or on an empty database of PostgreSQL.
// Run by: node bench/access.ts [--postgresql URL]

const MEASURED_REPOSITORIES = 200;
const REQUESTS = 2_000;
const REQUESTS_AFTER_CHANGES = 500;
const PAGES = 15;
const TARGET_MS = 1;

const temporary = await temporaryFolder('bench-access');
const folder = temporary.path;
const { values: options } = parseArgs({ options: { postgresql: { type: 'string' } } });
const { postgresql: postgresqlUrl } = options;
const database = await openDatabase(
  postgresqlUrl === undefined ? { sqliteFile: join(folder, 'codekeep.sqlite') } : { postgresqlUrl },
);
const rootKey = RootKey.fromBase64(randomBytes(32).toString('base64'));
const sealer = new Sealer(rootKey);
const gitCredentials = new GitCredentials(database, rootKey);
const repositories = await Repositories.open({
  database,
  blobs: await FileBlobStore.open(join(folder, 'blobs')),
  workingCopyRoot: join(folder, 'working-copies'),
});
const endpoint = { cloneUrlHttp: () => '', cloneUrlSsh: () => '' };
const codecommit = { database, repositories, keys: new KeyUse(database, sealer), endpoint };
const accessKeys = new AccessKeys(database, sealer);
const usesOfRoles = roleUses(database);
const serviceUses = new ServiceUses(database);
const authentication = new GitAuthentication({
  database,
  gitCredentials,
  signInGuard: new SignInGuard(),
  signingKeys: new SigningKeys(accessKeys, new SessionTokens(sealer, rootKey), usesOfRoles, serviceUses),
  loadUser: (userId) => AccessCache.of(database).read(`user ${userId}`, () => loadUserPrincipal(database, userId)),
  loadPrincipal: async () => undefined,
  defaultRegion: REGION,
});

try {
  await fillLargeAccount(database, gitCredentials);
  for (let number = 0; number < MEASURED_REPOSITORIES; number++) {
    await runCodecommit('CreateRepository', { repositoryName: `measured-${number}` });
  }
  await fillRepositories(database);
  const { users, groups, policies, repositories: all } = SIZES;
  console.log(
    `${users} users, ${groups} groups, ${policies} policies, ${all} repositories; one process, on ${postgresqlUrl === undefined ? 'SQLite' : 'PostgreSQL'}\n`,
  );
  await measureRequests();
  await measureLists();
} finally {
  await repositories.close();
  for (const each of [accessKeys, usesOfRoles, serviceUses]) await each.close();
  await database.destroy();
  await temporary.remove();
}

async function measureRequests(): Promise<void> {
  console.log(`Authentication and authorisation of a push, median and 99 of 100, target ${TARGET_MS} ms:`);
  const user = () => Math.floor(Math.random() * SIZES.users);
  const nothing = async () => {};
  const cases: [string, number, () => Promise<void>, (number: number) => Promise<void>][] = [
    ['the same user and repository again', REQUESTS, nothing, () => push(0, 0)],
    ['another user and repository each time', REQUESTS, nothing, (number) => push(user(), number)],
    [
      'the same, each after a change of a policy',
      REQUESTS_AFTER_CHANGES,
      changePolicy,
      (number) => push(user(), number),
    ],
  ];
  for (const [name, requests, before, work] of cases) {
    const times: number[] = [];
    for (let number = 0; number < requests; number++) {
      await before();
      times.push(await milliseconds(() => work(number)));
    }
    const late = times.toSorted((a, b) => a - b)[Math.floor(requests * 0.99)] ?? Number.NaN;
    const found = median(times);
    console.log(`  ${name}: ${found.toFixed(3)} ms, ${late.toFixed(3)} ms: ${found < TARGET_MS ? 'met' : 'missed'}`);
  }
}

async function push(user: number, repository: number): Promise<void> {
  const caller = await authentication.authenticate({
    ...credentialOf(user),
    hosts: ['localhost'],
    path: '/',
    region: undefined,
    address: '192.0.2.1',
    time: new Date(),
  });
  if (caller === undefined) throw new Error(`User ${user} was not signed in`);
  const repositoryName = `measured-${repository % MEASURED_REPOSITORIES}`;
  const request = { repositoryName, action: 'codecommit:GitPush' } as const;
  (await openRepository(codecommit, callOf(caller.principal), request)).authorizeReference('refs/heads/topic');
}

/** Whatever an access decision is made of is read anew afterwards. */
async function changePolicy(): Promise<void> {
  const [policy, input] = [Math.floor(Math.random() * SIZES.groups), { PolicyName: 'changing' }];
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'codecommit:GitPull', Resource: `arn:aws:codecommit:*:*:${randomUUID()}` }],
  });
  await runIam('PutGroupPolicy', { ...input, GroupName: `group-${policy}`, PolicyDocument });
}

async function measureLists(): Promise<void> {
  console.log('\nPages of lists: the first, and the middle one of the list:');
  const iam = (operation: string, pages: number, input: object) =>
    measureList(operation, pages, async (Marker) => (await runIam(operation, { ...input, Marker })).Marker);
  await iam('ListUsers', SIZES.users / 100, {});
  await iam('ListGroups', SIZES.groups / 100, {});
  await iam('ListPolicies', SIZES.policies / 100, { Scope: 'Local' });
  await iam('ListPolicies', SIZES.policies / 1000, { Scope: 'Local', MaxItems: 1000 });
  await iam('ListPolicies', SIZES.policies / 100, { Scope: 'Local', OnlyAttached: true });
  await iam('GetGroup', SIZES.users / 100, { GroupName: EVERYONE });
  await iam('GetAccountAuthorizationDetails', SIZES.users / 100, {});
  await iam('ListEntitiesForPolicy', SIZES.users / 100, { PolicyArn: policyArnOf(0) });
  for (const sortBy of ['repositoryName', 'lastModifiedDate']) {
    await measureList(`ListRepositories by ${sortBy}`, SIZES.repositories / 1000, async (nextToken) => {
      const output = await runCodecommit('ListRepositories', { sortBy, ...(nextToken !== undefined && { nextToken }) });
      return output.nextToken;
    });
  }
}

async function measureList(
  name: string,
  pages: number,
  read: (position: string | undefined) => Promise<string | undefined>,
): Promise<void> {
  let middle: string | undefined;
  for (let page = 0; page < pages / 2; page++) middle = await read(middle);
  const times = async (position: string | undefined) => {
    const taken: number[] = [];
    for (let time = 0; time < PAGES; time++) taken.push(await milliseconds(() => read(position)));
    return median(taken).toFixed(2);
  };
  console.log(`  ${name}, of ${pages} pages: ${await times(undefined)} ms, ${await times(middle)} ms`);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)) * 1_000;
}

// biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
type Output = Promise<any>;

function runIam(name: string, input: object): Output {
  return run(iamOperations, { database, sealer, gitCredentials }, name, input);
}

function runCodecommit(name: string, input: object): Output {
  return run(codecommitOperations, codecommit, name, input);
}

function run<S>(operations: ReadonlyMap<string, Operation<S>>, services: S, name: string, input: object): Output {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`There is no operation ${name}`);
  return operation.run(services, callOf(rootPrincipal(ACCOUNT)), input);
}

function callOf(principal: Principal): Call {
  const environment = {
    sourceIp: '192.0.2.1',
    userAgent: 'bench',
    secureTransport: true,
    region: REGION,
    time: new Date(),
  };
  return { requestId: randomUUID(), principal, environment };
}
