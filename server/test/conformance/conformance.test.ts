import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database/database.ts';
import { SERVICES } from '../docs/operations-page.ts';
import { asRootUser } from '../harness/account-setup.ts';
import { awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { type CodekeepOnEngine, startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import {
  type IdentityProvider,
  registerIdentityProvider,
  startIdentityProvider,
} from '../harness/identity-provider.ts';
import { pagesOfSdk, type SdkService } from './sdk-pages.ts';

// Every operation of IAM, STS and KMS that docs/operations.md lists, by boto3, whose models tell what AWS answers; then the
// other clients on what it has left.

const boto3 = await requireClient('boto3');
const [executable] = await awsExecutables();

/** What the suite in Python, conformance.py, tells. */
interface Report {
  /** What is not as on AWS. */
  readonly problems: readonly string[];
  /** SERVICE:OPERATION of all that have answered with success. */
  readonly succeeded: readonly string[];
  /** SERVICE:OPERATION:ERROR of the model's errors that have not come, and that nothing explains. */
  readonly neverRefusedWith: readonly string[];
  readonly reasonsWithoutNeed: readonly string[];
  /** SERVICE:OPERATION of all that have been paged through, with what they were asked. */
  readonly listings: Readonly<Record<string, object>>;
  /** SERVICE:OPERATION of all that list in pages, by botocore's models. */
  readonly pageable: readonly string[];
  /** Quotas that are too large to be reached here: words of the refusal, and the file of the test that reaches it. */
  readonly quotasElsewhere: Readonly<Record<string, string>>;
}

const served = (title: string) =>
  [...(SERVICES.find((service) => service.title === title)?.operations.keys() ?? [])].sort();
const operations = { iam: served('IAM'), kms: served('KMS'), sts: served('STS') };
/** Nothing here encodes a message that could be decoded: docs/operations.md. */
const NEVER_SUCCEEDING = 'sts:DecodeAuthorizationMessage';

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? boto3.skipReason;
  describe.skipIf(skipReason)(`IAM, STS and KMS on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: CodekeepOnEngine;
    let provider: IdentityProvider;
    let report: Report;

    beforeAll(async () => {
      const settings = { CODEKEEP_PRIVATE_IDENTITY_PROVIDERS: 'true' };
      [codekeep, provider] = await Promise.all([startCodekeepOn(engine, settings), startIdentityProvider()]);
      const { url, account } = codekeep.server;
      const parameters = {
        operations,
        region: account.region,
        webIdentity: await webIdentity(codekeep, provider),
        // They are looked at before any database is.
        withLimits: engine.name === 'sqlite',
      };
      report = (await runBoto3(boto3.path ?? '', suite(parameters), { endpoint: url, ...account })) as Report;
    });
    afterAll(async () => {
      await provider?.close();
      await codekeep?.dispose();
    });

    it('answer and refuse as AWS does', () => {
      expect(report.problems).toEqual([]);
    });

    it('have answered to every operation that is served', () => {
      const expected = Object.entries(operations)
        .flatMap(([service, names]) => names.map((name) => `${service}:${name}`))
        .filter((name) => name !== NEVER_SUCCEEDING);
      expect(report.succeeded).toEqual(expected);
    });

    it('have refused with every error that the model declares', () => {
      expect(report.neverRefusedWith).toEqual([]);
      expect(report.reasonsWithoutNeed).toEqual([]);
    });

    it('have shown every list in pages', () => {
      expect(Object.keys(report.listings).sort()).toEqual(report.pageable);
    });

    it('have no quota without a test', () => {
      for (const [quota, file] of Object.entries(report.quotasElsewhere)) {
        const text = readFileSync(new URL(`../../src/services/${file}`, import.meta.url), 'utf8');
        expect(text.includes(quota), `${file} reaches ${quota}`).toBe(true);
      }
    });

    it('show the JavaScript SDK every list in pages, and tell it of errors by its classes', async () => {
      const options = asRootUser(codekeep.server);
      const services: Readonly<Record<string, SdkService>> = {
        iam: { sdk: iam, client: new iam.IAMClient(options) },
        kms: { sdk: kms, client: new kms.KMSClient(options) },
      };
      const seen = await pagesOfSdk(services, report.listings);
      for (const { listing, pages, whole } of seen) expect([listing, pages]).toEqual([listing, whole]);
      expect(seen.map(({ listing }) => listing).sort()).toEqual(servedPaginators(services));

      const client = new sts.STSClient(options);
      const identity = await client.send(new sts.GetCallerIdentityCommand({}));
      expect(identity.Account).toBe(codekeep.server.account.accountId);
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*' } });
      await expect(client.send(new sts.GetFederationTokenCommand({ Name: 'guest', Policy }))).rejects.toThrow(
        sts.MalformedPolicyDocumentException,
      );
      const missing = { UserName: 'missing' };
      const user = services.iam?.client.send(new iam.GetUserCommand(missing));
      await expect(user).rejects.toThrow(iam.NoSuchEntityException);
      const key = services.kms?.client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/missing' }));
      await expect(key).rejects.toThrow(kms.NotFoundException);
      const waiting = { client: new iam.IAMClient(options), maxWaitTime: 5, minDelay: 1, maxDelay: 1 };
      expect(await iam.waitUntilRoleExists(waiting, { RoleName: 'role-0' })).toMatchObject({ state: 'SUCCESS' });
      for (const each of [client, waiting.client, ...Object.values(services).map((service) => service.client)]) {
        each.destroy();
      }
    });

    // The client is the same whatever the database.
    if (engine.name === 'sqlite' && executable !== undefined) {
      it('serve the AWS CLI: its pages, queries, tables and waiters', async () => {
        const cli = await awsCli(executable, { endpoint: codekeep.server.url, ...codekeep.server.account });
        try {
          const groups = ['iam', 'list-groups', '--path-prefix', '/team/', '--page-size', '1'];
          const first = (await cli.run([...groups, '--max-items', '3'])) as {
            Groups: { GroupName: string }[];
            NextToken: string;
          };
          expect(first.Groups.map(({ GroupName }) => GroupName)).toEqual([
            'Developers',
            'group-of-ana',
            'group-of-ben',
          ]);
          const rest = await cli.run([...groups, '--starting-token', first.NextToken]);
          expect(rest).toMatchObject({ Groups: [{ GroupName: 'group-of-cleo' }] });
          const query = ['--query', "Users[?Path=='/team/'].[UserName, Path]"];
          expect(await cli.print('table', ['iam', 'list-users', ...query])).toMatch(/\|\s+ana\s+\|\s+\/team\/\s+\|/);
          await cli.run(['iam', 'wait', 'user-exists', '--user-name', 'ana']);
          await expect(cli.run(['iam', 'delete-group', '--group-name', 'missing'])).rejects.toMatchObject({
            code: 'NoSuchEntity',
            message: 'The group with name missing cannot be found.',
          });
          const account = ['sts', 'get-caller-identity', '--query', 'Account'];
          expect((await cli.print('text', account)).trim()).toBe(codekeep.server.account.accountId);
          const described = await cli.run(['kms', 'describe-key', '--key-id', 'alias/new']);
          expect(described).toMatchObject({ KeyMetadata: { KeyState: 'Enabled', Description: 'neu' } });
          const aliases = ['kms', 'list-aliases', '--page-size', '20', '--query', 'length(Aliases)'];
          expect(await cli.run(aliases)).toBeGreaterThan(50);
          await expect(cli.run(['kms', 'describe-key', '--key-id', 'alias/missing'])).rejects.toMatchObject({
            code: 'NotFoundException',
          });
        } finally {
          await cli.dispose();
        }
      });
    }
  });
}

/** SERVICE:OPERATION of all that are served and that the SDK pages through. */
function servedPaginators(services: Readonly<Record<string, SdkService>>): string[] {
  const ofSdk = (name: 'iam' | 'kms') =>
    operations[name].filter((operation) => `paginate${operation}` in (services[name]?.sdk ?? {}));
  return (['iam', 'kms'] as const).flatMap((name) => ofSdk(name).map((operation) => `${name}:${operation}`));
}

function suite(parameters: object): string {
  return `
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(fileURLToPath(new URL('.', import.meta.url)))})
import conformance
answer(conformance.run(client, json.loads(${JSON.stringify(JSON.stringify(parameters))})))
`;
}

/** Providers of the account, one that answers and one that nobody reaches, and tokens of them. */
async function webIdentity({ server, databaseUrl }: CodekeepOnEngine, provider: IdentityProvider) {
  const unreachable = { url: 'localhost:1', thumbprint: provider.thumbprint };
  const location =
    databaseUrl === undefined
      ? { sqliteFile: join(server.dataDir, 'codekeep.sqlite') }
      : { postgresqlUrl: databaseUrl };
  const database = await openDatabase(location);
  try {
    const register = (record: typeof unreachable) =>
      registerIdentityProvider(database, server.account.accountId, record, 'ci');
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'repo:team/job', aud: 'ci', iat: now, exp: now + 3600 };
    const token = (url: string, changes = {}) => provider.token({ ...claims, iss: `https://${url}`, ...changes });
    return {
      url: provider.url,
      providerArn: await register(provider),
      unreachableProviderArn: await register(unreachable),
      token: await token(provider.url),
      expiredToken: await token(provider.url, { iat: now - 7200, exp: now - 3600 }),
      expiredAt: now - 3600,
      unreachableToken: await token(unreachable.url),
    };
  } finally {
    await database.destroy();
  }
}
