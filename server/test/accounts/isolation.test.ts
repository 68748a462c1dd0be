import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedFailure } from '../../src/gateways/aws/failure.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type InputForm, inputForms } from './inputs.ts';
import { missingNames, type Names, type PopulatedAccount, populatedAccount } from './populated-account.ts';
import { type AllServices, openServices, type ServiceName } from './services.ts';

// A caller of one account, who may do everything there, names what another account has, in every operation that is served
// and in every combination with resources of the caller's own account. The answer is the one for what does not exist.
// Of time there is no test, as none could be trusted: one path of code serves both. A name without account is looked up in
// the caller's account, and an ARN of another account is refused by its account before anything is read, so that nothing is
// done for an existing resource which is not done for a missing one. What remains is one indexed look-up that finds a row or
// not: of keys, ciphertexts and roles, which other accounts may be let use.

const SERVICES: readonly ServiceName[] = ['iam', 'sts', 'kms', 'codecommit', 'cloudtrail'];

/** Answers that succeed and tell nothing: each with the reason. */
const SUCCEEDS_WITH_NOTHING: Readonly<Record<string, string>> = {
  'codecommit:BatchGetRepositories': 'lists what it has not found',
  'codecommit:BatchGetCommits': 'lists what it has not found',
  'codecommit:ListRepositoriesForEncryptionKey': 'lists those of the caller’s account, which are none',
  'kms:ListGrants': 'lists those of the caller’s key that have the ID, which are none',
  'codecommit:DeleteRepository': 'succeeds without a repository too, and answers without its ID, as on AWS',
};

/**
 * They may be of another account, and must exist, as on AWS: who may create a policy or a grant can find out names of users
 * and roles, of whichever account.
 */
const PRINCIPALS = ['GranteePrincipal', 'RetiringPrincipal', 'CallerArn'];

describe.each(databaseEngines)('two accounts on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let services: AllServices;
    let theirs: PopulatedAccount;
    let own: PopulatedAccount;
    let missing: Names;
    let before: ReadonlySet<string>;

    beforeAll(async () => {
      services = await openServices(engine);
      theirs = await populatedAccount(services, 'theirs');
      missing = missingNames(theirs.names, 'absent');
      before = new Set(await services.rows());
      own = await populatedAccount(services, 'own');
    }, 60_000);
    afterAll(() => services.close());

    async function expectTheirsUnchanged(): Promise<void> {
      const now = new Set(await services.rows());
      expect([...before].filter((row) => !now.has(row))).toEqual([]);
    }

    interface Outcome {
      readonly success: boolean;
      readonly answer: string;
    }

    async function outcome(service: ServiceName, operation: string, input: object, foreign: Names): Promise<Outcome> {
      const call = await own.asAdministrator();
      try {
        const output = await services.run(call, service, operation, input);
        return { success: true, answer: anonymous(JSON.stringify(shapeOf(output)), foreign) };
      } catch (error) {
        const failure = expectedFailure(error, ['iam', 'sts'].includes(service) ? 'query' : 'json');
        if (failure === undefined) throw error;
        const { code, status, message } = failure;
        return { success: false, answer: anonymous(`${status} ${code}: ${message}`, foreign) };
      }
    }

    function inputOf({ naming, rest }: InputForm, foreignMembers: readonly string[], foreign: Names): object {
      const named = Object.entries(naming).map(([member, name]) => [
        member,
        name(foreignMembers.includes(member) ? foreign : own.names),
      ]);
      return { ...rest, ...Object.fromEntries(named) };
    }

    it.each(SERVICES)(
      '%s: what another account has is what does not exist',
      async (service) => {
        for (const operation of services.operations(service)) {
          const key = `${service}:${operation}`;
          for (const form of inputForms(service, operation)) {
            for (const members of subsets(Object.keys(form.naming).filter((member) => !PRINCIPALS.includes(member)))) {
              // A ciphertext of a key that does not exist cannot be made: its key is deleted with the account's data only.
              if (members.includes('CiphertextBlob')) continue;
              const which = `${key} ${form.label} naming ${members.join(', ')}`;
              const there = await outcome(service, operation, inputOf(form, members, theirs.names), theirs.names);
              const notThere = await outcome(service, operation, inputOf(form, members, missing), missing);
              expect(there, which).toEqual(notThere);
              if (SUCCEEDS_WITH_NOTHING[key] === undefined) expect(there.success, which).toBe(false);
            }
          }
        }
        await expectTheirsUnchanged();
      },
      120_000,
    );

    it.each(SERVICES)('%s: what names nothing tells nothing of another account', async (service) => {
      const marks = [theirs.names.accountId, 'theirs'];
      for (const operation of services.operations(service)) {
        for (const { naming, rest } of inputForms(service, operation)) {
          if (Object.keys(naming).length > 0) continue;
          const output = await services.run(await own.asAdministrator(), service, operation, { ...rest }).catch(String);
          const told = JSON.stringify(output);
          for (const mark of marks) expect(told, `${service}:${operation}`).not.toContain(mark);
        }
      }
      await expectTheirsUnchanged();
    });

    it('a ciphertext of another account is refused as one that its key forbids', async () => {
      const { ciphertext } = theirs.names;
      const ofTheirs = { CiphertextBlob: ciphertext, EncryptionContext: { purpose: 'test' } };
      for (const input of [ofTheirs, { ...ofTheirs, KeyId: theirs.names.keyArn }]) {
        const { success, answer } = await outcome('kms', 'Decrypt', input, theirs.names);
        expect([success, answer]).toEqual([
          false,
          expect.stringMatching(/^400 AccessDeniedException: .*resource-based|does not exist/),
        ]);
      }
      const moved = { CiphertextBlob: ciphertext, DestinationKeyId: own.names.keyArn };
      expect(await outcome('kms', 'ReEncrypt', moved, theirs.names)).toMatchObject({ success: false });
    });

    it('each account chooses its names as if there were no other, but for account aliases', async () => {
      const { user, group, role, policy, profile, device, names } = {
        ...theirs.names,
        names: theirs.names,
      };
      const trust = inputForms('iam', 'CreateRole')[0]?.rest;
      const saml = inputForms('iam', 'CreateSAMLProvider')[0]?.rest;
      const made: [ServiceName, string, object][] = [
        ['iam', 'CreateUser', { UserName: user }],
        ['iam', 'CreateGroup', { GroupName: group }],
        ['iam', 'CreateRole', { ...trust, RoleName: role }],
        ['iam', 'CreatePolicy', { ...inputForms('iam', 'CreatePolicy')[0]?.rest, PolicyName: policy }],
        ['iam', 'CreateInstanceProfile', { InstanceProfileName: profile }],
        ['iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: device }],
        ['iam', 'CreateSAMLProvider', { ...saml, Name: names.samlProvider }],
        ['iam', 'CreateOpenIDConnectProvider', { Url: names.oidcUrl, ThumbprintList: ['a'.repeat(40)] }],
        ['kms', 'CreateAlias', { AliasName: names.alias, TargetKeyId: own.names.keyId }],
        ['codecommit', 'CreateRepository', { repositoryName: names.repository }],
      ];
      for (const [service, operation, input] of made) {
        expect(await outcome(service, operation, input, theirs.names), operation).toMatchObject({ success: true });
      }
      const taken = { AccountAlias: theirs.names.accountAlias };
      expect((await outcome('iam', 'CreateAccountAlias', taken, theirs.names)).answer).toContain('EntityAlreadyExists');
      await expectTheirsUnchanged();
    });
  });
});

/** All but the empty one. */
function subsets(members: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const member of members) found.push(...found.map((set) => [...set, member]));
  return found.slice(1);
}

/** The answer without the names that it was asked by. */
function anonymous(text: string, names: Names): string {
  const entries = Object.entries(names).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  // Longer names first: an ARN holds others.
  return entries
    .toSorted(([, a], [, b]) => b.length - a.length)
    .reduce((result, [slot, name]) => withoutName(result, name, `<${slot}>`), text);
}

/** What an answer has, without what is new in each: dates, IDs, secrets. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value instanceof Date || value instanceof Uint8Array) return value.constructor.name;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, shapeOf(inner)]));
  }
  return typeof value;
}

/** Without regard to case, as in names of users. */
function withoutName(text: string, name: string, replacement: string): string {
  const place = text.toLowerCase().indexOf(name.toLowerCase());
  if (place === -1) return text;
  return `${text.slice(0, place)}${replacement}${withoutName(text.slice(place + name.length), name, replacement)}`;
}
