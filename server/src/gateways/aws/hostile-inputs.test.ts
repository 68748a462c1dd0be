import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NormalizedSchema } from '@smithy/core/schema';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import { GitCredentials } from '../../access/authentication/git-credentials.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { Repositories } from '../../repositories/repositories.ts';
import { codecommitOperations } from '../../services/codecommit/operations.ts';
import { createAccount } from '../../services/iam/accounts.ts';
import { iamOperations } from '../../services/iam/operations.ts';
import { KeyUse } from '../../services/kms/key-use.ts';
import { kmsOperations } from '../../services/kms/operations.ts';
import type { Call, Operation } from '../../services/operation.ts';
import { stsOperations } from '../../services/sts/operations.ts';
import { FileBlobStore } from '../../storage/blobs/file-blob-store.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { expectedFailure } from './failure.ts';
import { decodeJsonInput } from './json-input.ts';
import { jsonSuccess } from './json-protocol.ts';
import { decodeQueryInput } from './query-input.ts';
import { querySuccess } from './query-protocol.ts';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const RUNS = Number(process.env.RUNS ?? 400);
/** Repeatable where a test fails: the message names what was sent. */
const SEED = 20_261_123;

/** Keys of kinds that are not taken, and of those that are. */
const publicKeys = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  generateKeyPairSync('ed25519'),
  generateKeyPairSync('ed448'),
  generateKeyPairSync('x25519'),
].map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString());

const statement = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
const document = (changes: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] });

/** What gets past the first checks of a member, by its name in small letters. */
const fitting: Readonly<Record<string, readonly unknown[]>> = {
  username: ['ana', 'ANA', 'bob', 'carl'],
  newusername: ['ana', 'bob', 'Bob'],
  path: ['/', '/team/', '/\u007f*?/'],
  newpath: ['/', '/team/'],
  pathprefix: ['/', '/team/', '/%_'],
  policyname: ['first', 'second', 'FIRST'],
  policyarn: [
    'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser',
    `arn:aws:iam::${ACCOUNT}:policy/first`,
    `arn:aws:iam::${ACCOUNT}:policy/team/second`,
    'arn:aws:iam::999900001111:policy/first',
  ],
  policydocument: [
    document({}),
    document({ Action: [] }),
    document({ Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': [] } } }),
    document({ Condition: { NumericLessThan: { 'aws:EpochTime': 1e21 } } }),
    document({ Condition: { IpAddress: { 'aws:SourceIp': '::ffff:1.2.3.4/96' } } }),
    document({ Condition: { DateLessThan: { 'aws:CurrentTime': '9999-99-99' } } }),
    document({ Resource: 'arn:aws:codecommit:*:*:${aws:username' }),
    '{"Version":"2012-10-17","Statement":{"__proto__":{}}}',
    `${'['.repeat(60_000)}${']'.repeat(60_000)}`,
    '{',
  ],
  versionid: ['v1', 'v18'],
  password: ['Correct-horse-1', 'short'],
  oldpassword: ['Correct-horse-1'],
  newpassword: ['Correct-horse-2'],
  servicename: ['codecommit.amazonaws.com', 'bedrock.amazonaws.com'],
  sshpublickeybody: [
    ...publicKeys,
    'ssh-rsa AAAA',
    'ssh-rsa AAAAB3NzaC1yc2EAAAAAAAAAAA==',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQA=',
  ],
  status: ['Active', 'Inactive', 'Expired'],
  encoding: ['SSH', 'PEM'],
  maxitems: [1, 2, 1000],
  limit: [1, 2, 1000],
  repositoryname: ['one', 'two', '..', '-', '__proto__'],
  oldname: ['one', 'two'],
  newname: ['one', 'three'],
  repositorynames: [['one', 'one', 'none'], ['constructor']],
  branchname: ['main', 'a/b', 'HEAD', 'x\u2028y'],
  commitid: ['0'.repeat(40), 'A'.repeat(40)],
  resourcearn: [
    `arn:aws:codecommit:${REGION}:${ACCOUNT}:one`,
    `arn:aws:codecommit:eu-west-1:${ACCOUNT}:one`,
    'arn:aws:codecommit:us-east-1:999900001111:one',
  ],
  tags: [{ a: '1' }, JSON.parse('{"__proto__":"x","constructor":"y"}'), [{ Key: '__proto__', Value: '' }]],
  kmskeyid: ['alias/aws/codecommit', '00000000-0000-0000-0000-000000000000'],
  keyid: [
    'alias/aws/codecommit',
    `arn:aws:kms:${REGION}:${ACCOUNT}:alias/aws/codecommit`,
    `arn:aws:kms:${REGION}:999900001111:alias/aws/codecommit`,
    '00000000-0000-0000-0000-000000000000',
    `arn:aws:kms:${REGION}:${ACCOUNT}:key/x`,
  ],
};

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '%00',
    '../..',
    "' or 1=1 --",
    '\u007f',
    '\u0085',
    '𝒜'.repeat(64),
    'é'.repeat(128),
  ),
  fc.constantFrom('x'.repeat(64), 'x'.repeat(65), 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(100_000)),
);
const anyNumber = fc.constantFrom(-1, 0, 1, 1001, 2 ** 31, 2 ** 53 - 1, -(2 ** 53), 1e300, 0.5);

/** Tokens in our own form with positions that no listing has given. */
function forgedToken(operationName: string): Arbitrary<string> {
  const positions = ['', '\u0000', '\ud800', 'a\u0000b', '\uffff', 'x'.repeat(5000)];
  return fc
    .constantFrom(...positions)
    .map((position) => Buffer.from(JSON.stringify([operationName, position])).toString('base64url'));
}

function arbitraryOf(schema: NormalizedSchema, name: string, operationName: string): Arbitrary<unknown> {
  const good = fitting[name.toLowerCase()];
  const bad = badArbitraryOf(schema, name, operationName);
  return good === undefined
    ? bad
    : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: bad });
}

function badArbitraryOf(schema: NormalizedSchema, name: string, operationName: string): Arbitrary<unknown> {
  if (schema.isStructSchema()) return structureOf(schema, operationName);
  if (schema.isListSchema()) {
    const item = arbitraryOf(schema.getValueSchema(), `${name}[]`, operationName);
    return fc.oneof(
      fc.array(item, { maxLength: 3 }),
      item.map((value) => Array.from({ length: 101 }, () => value)),
    );
  }
  if (schema.isMapSchema())
    return fc.dictionary(anyText, arbitraryOf(schema.getValueSchema(), `${name}{}`, operationName), { maxKeys: 3 });
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return anyNumber;
  if (/^(marker|nexttoken)$/i.test(name)) return fc.oneof(anyText, forgedToken(operationName));
  return anyText;
}

function structureOf(schema: NormalizedSchema, operationName: string): Arbitrary<Record<string, unknown>> {
  const members = [...schema.structIterator()].map(([name, member]): [string, Arbitrary<unknown>] => [
    name,
    fc.option(arbitraryOf(member, name, operationName), { nil: undefined, freq: 4 }),
  ]);
  return fc.record(Object.fromEntries(members));
}

/** As awsQuery sends it. */
function parametersOf(value: unknown, name: string): [string, string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [[name, '']];
    return value.flatMap((item, index) => parametersOf(item, `${name}.member.${index + 1}`));
  }
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([member, each]) =>
    parametersOf(each, name === '' ? member : `${name}.${member}`),
  );
}

interface Door {
  readonly protocol: 'json' | 'query';
  readonly operation: Operation<never>;
  run(call: Call, input: object): Promise<object>;
}

/** What the endpoint answers; the error where it would answer InternalFailure. */
async function unexpectedErrorOf({ protocol, operation, run }: Door, call: Call, input: object): Promise<unknown> {
  try {
    const { schema } = operation;
    const decoded =
      protocol === 'json'
        ? decodeJsonInput(schema[4], Buffer.from(JSON.stringify(input)))
        : decodeQueryInput(schema[4], new Map(parametersOf(input, '')));
    const output = await run(call, decoded);
    if (protocol === 'json') jsonSuccess(schema, output);
    else querySuccess(schema, output, 'namespace', call.requestId);
    return undefined;
  } catch (error) {
    return expectedFailure(error, protocol) === undefined ? error : undefined;
  }
}

for (const engine of databaseEngines) {
  describe.skipIf(engine.skipReason)(`operations on ${engine.name} ${engine.skipReason ?? ''}`, () => {
    let doors: readonly Door[];
    let dispose: () => Promise<void>;
    const calls: Call[] = [];

    beforeAll(async () => {
      const { database, close } = await engine.open();
      const folder = await temporaryFolder('hostile-inputs', { inMemory: true });
      const rootKey = RootKey.fromBase64(randomBytes(32).toString('base64'));
      const sealer = new Sealer(rootKey);
      await createAccount(
        { database, sealer },
        { accountId: ACCOUNT, rootEmail: 'root@example.com', rootPassword: 'Correct-horse-0' },
      );
      const repositories = await Repositories.open({
        database,
        blobs: await FileBlobStore.open(join(folder.path, 'blobs')),
        workingCopyRoot: join(folder.path, 'working-copies'),
      });
      const endpoint = { cloneUrlHttp: () => 'http://x', cloneUrlSsh: () => 'ssh://x' };
      const codecommit = { database, keys: new KeyUse(database, sealer), repositories, endpoint };
      const iam = { database, sealer, gitCredentials: new GitCredentials(database, rootKey) };
      doors = [
        ...doorsOf('json', codecommitOperations, codecommit),
        ...doorsOf('json', kmsOperations, { database, sealer }),
        ...doorsOf('query', iamOperations, iam),
        ...doorsOf('query', stsOperations, undefined),
      ];
      const environment = {
        sourceIp: '127.0.0.1',
        userAgent: undefined,
        secureTransport: false,
        region: REGION,
        time: new Date(),
      };
      calls.push({ requestId: 'request', principal: rootPrincipal(ACCOUNT), environment });
      dispose = async () => {
        await repositories.close();
        await close();
        await folder.remove();
      };
    });
    afterAll(() => dispose());

    it('answer whatever is sent with a result or an error of AWS, never with InternalFailure', async () => {
      const [call] = calls;
      if (call === undefined) throw new Error('no caller');
      const requests = fc.constantFrom(...doors).chain((door) =>
        structureOf(NormalizedSchema.of(door.operation.schema[4]), door.operation.name).map((input) => ({
          door,
          input,
        })),
      );
      const failures = new Map<string, unknown>();
      for (const { door, input } of fc.sample(requests, { numRuns: RUNS, seed: SEED })) {
        const error = await unexpectedErrorOf(door, call, input);
        if (error !== undefined)
          failures.set(`${door.operation.name} ${JSON.stringify(input).slice(0, 300)}`, String(error));
      }
      expect(Object.fromEntries(failures)).toEqual({});
    });
  });
}

function doorsOf<Services>(
  protocol: Door['protocol'],
  operations: ReadonlyMap<string, Operation<Services>>,
  services: Services,
): Door[] {
  return [...operations.values()].map((operation) => ({
    protocol,
    operation,
    run: (call, input) => operation.run(services, call, input),
  }));
}
