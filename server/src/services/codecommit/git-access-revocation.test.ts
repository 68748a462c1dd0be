import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  REGION,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessCache } from '../../access/access-cache.ts';
import { GitCredentials } from '../../access/authentication/git-credentials.ts';
import { loadUserPrincipal } from '../../access/principals.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { iamOperations } from '../iam/operations.ts';
import type { IamServices } from '../iam/service.ts';
import { KeyUse } from '../kms/key-use.ts';
import { openRepository } from './git-access.ts';
import type { CodecommitServices } from './service.ts';

const ALLOW = documentOf(allow(['codecommit:*', 'kms:*']));
const ALLOW_CODECOMMIT = documentOf(allow('codecommit:*'));
const ALLOW_KMS = documentOf(allow('kms:*'));
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const ADMINISTRATION = { Effect: 'Allow', Principal: ROOT, Action: 'kms:*', Resource: '*' };
const UNKNOWN_CALLER = 'unknown caller';
const ACCESS_DENIED = 'AccessDeniedError';
const KEY_ACCESS_DENIED = 'EncryptionKeyAccessDeniedException';

/** What a request needs: a node has memories of its own. */
interface Node {
  readonly services: CodecommitServices;
  readonly gitCredentials: GitCredentials;
}

/** Names and ARNs of what the requests of one test go through; all of it is the test's own. */
interface Scene {
  readonly user: string;
  readonly group: string;
  readonly policyArn: string;
  readonly repository: string;
  readonly repositoryArn: string;
  readonly keyId: string;
  readonly userArn: string;
  readonly credentialId: string;
  readonly userName: string;
  readonly password: string;
}

interface Revocation {
  readonly right: (scene: Scene) => Promise<unknown>;
  readonly end: (scene: Scene) => Promise<unknown>;
  readonly refusal: string;
}

describe.each(databaseEngines)('a right to use Git that has ended on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let codecommit: CodecommitFixture;
    let iamServices: IamServices;
    /** Whose rights nothing ends. */
    let other: Scene;
    const nodes: Node[] = [];
    let closeDatabase = async () => {};

    beforeAll(async () => {
      let opened: Awaited<ReturnType<typeof engine.open>> | undefined;
      codecommit = await codecommitFixture({ ...engine, open: async () => (opened = await engine.open()) });
      const { services, sealer } = codecommit;
      const rootKey = RootKey.fromBase64(randomBytes(32).toString('base64'));
      const gitCredentials = new GitCredentials(services.database, rootKey);
      iamServices = { database: services.database, sealer, gitCredentials };
      nodes.push({ services, gitCredentials });
      other = await newScene();
      await inline(ALLOW)(other);
      // One process owns an SQLite database.
      if (engine.name === 'sqlite' || opened === undefined) return;
      const database = await openDatabase(opened.location);
      closeDatabase = () => database.destroy();
      nodes.push({
        services: { ...services, database, keys: new KeyUse(database, sealer) },
        gitCredentials: new GitCredentials(database, rootKey),
      });
    });
    afterAll(async () => {
      await closeDatabase();
      await codecommit.dispose();
    });

    // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
    async function iam(name: string, input: object): Promise<any> {
      const operation = iamOperations.get(name);
      if (operation === undefined) throw new Error(`No operation ${name}`);
      return operation.run(iamServices, callOf(), input);
    }

    async function newScene(): Promise<Scene> {
      const [user, group, repository] = ['user', 'group', 'repository'].map((name) => `${name}-${randomUUID()}`) as [
        string,
        string,
        string,
      ];
      const { User } = await iam('CreateUser', { UserName: user });
      await iam('CreateGroup', { GroupName: group });
      const { Policy } = await iam('CreatePolicy', { PolicyName: randomUUID(), PolicyDocument: ALLOW });
      const input = { UserName: user, ServiceName: 'codecommit.amazonaws.com' };
      const { ServiceSpecificCredential: credential } = await iam('CreateServiceSpecificCredential', input);
      const { KeyMetadata } = await codecommit.runKms('CreateKey', {});
      const { repositoryMetadata } = await codecommit.run('CreateRepository', {
        repositoryName: repository,
        kmsKeyId: KeyMetadata.Arn,
        tags: { team: 'red' },
      });
      return {
        ...{ user, group, repository, policyArn: Policy.Arn, keyId: KeyMetadata.KeyId, userArn: User.Arn },
        repositoryArn: repositoryMetadata.Arn,
        credentialId: credential.ServiceSpecificCredentialId,
        userName: credential.ServiceUserName,
        password: credential.ServicePassword,
      };
    }

    /** 'let in', or the name of the refusal. */
    async function request(node: Node, scene: Scene): Promise<string> {
      const { services, gitCredentials } = node;
      const userId = await gitCredentials.authenticate(scene.userName, scene.password);
      const principal =
        userId &&
        (await AccessCache.of(services.database).read(`user ${userId}`, () =>
          loadUserPrincipal(services.database, userId),
        ));
      if (!principal) return UNKNOWN_CALLER;
      try {
        const { authorizeReference } = await openRepository(services, callOf({ principal, region: REGION }), {
          repositoryName: scene.repository,
          action: 'codecommit:GitPush',
        });
        authorizeReference('refs/heads/topic');
        return 'let in';
      } catch (error) {
        const { name, exception } = error as { name: string; exception?: string };
        return exception ?? name;
      }
    }

    const onAllNodes = async (scene: Scene) => new Set(await Promise.all(nodes.map((node) => request(node, scene))));

    const attached = ({ user, policyArn }: Scene) => iam('AttachUserPolicy', { UserName: user, PolicyArn: policyArn });
    const inline = (PolicyDocument: string, PolicyName = 'inline') => {
      return ({ user }: Scene) => iam('PutUserPolicy', { UserName: user, PolicyName, PolicyDocument });
    };
    const member = async ({ group, user, policyArn }: Scene) => {
      await iam('AttachGroupPolicy', { GroupName: group, PolicyArn: policyArn });
      await iam('AddUserToGroup', { GroupName: group, UserName: user });
    };
    const memberWithInline = async ({ group, user }: Scene) => {
      await iam('PutGroupPolicy', { GroupName: group, PolicyName: 'inline', PolicyDocument: ALLOW });
      await iam('AddUserToGroup', { GroupName: group, UserName: user });
    };
    const bounded = async (scene: Scene) => {
      await inline(ALLOW)(scene);
      await iam('PutUserPermissionsBoundary', { UserName: scene.user, PermissionsBoundary: scene.policyArn });
    };
    const newVersion = (PolicyDocument: string) => {
      return ({ policyArn: PolicyArn }: Scene) =>
        iam('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true });
    };
    const granted = async (scene: Scene) => {
      await inline(ALLOW_CODECOMMIT)(scene);
      expect(await onAllNodes(scene)).toEqual(new Set([KEY_ACCESS_DENIED]));
      const grant = { KeyId: scene.keyId, GranteePrincipal: scene.userArn, Operations: ['Decrypt'], Name: 'the-grant' };
      await codecommit.runKms('CreateGrant', grant);
    };

    const revocations: Readonly<Record<string, Revocation>> = {
      'its policy is detached': {
        right: attached,
        end: ({ user, policyArn }) => iam('DetachUserPolicy', { UserName: user, PolicyArn: policyArn }),
        refusal: ACCESS_DENIED,
      },
      'another version of its policy is the default': {
        right: attached,
        end: newVersion(ALLOW_KMS),
        refusal: ACCESS_DENIED,
      },
      'a policy with a deny is attached': {
        right: inline(ALLOW),
        end: async (scene) => {
          await newVersion(documentOf(deny('codecommit:GitPush')))(scene);
          await attached(scene);
        },
        refusal: ACCESS_DENIED,
      },
      'its inline policy is deleted': {
        right: inline(ALLOW),
        end: ({ user }) => iam('DeleteUserPolicy', { UserName: user, PolicyName: 'inline' }),
        refusal: ACCESS_DENIED,
      },
      'its inline policy is replaced': { right: inline(ALLOW), end: inline(ALLOW_KMS), refusal: ACCESS_DENIED },
      'its user leaves the group': {
        right: member,
        end: ({ group, user }) => iam('RemoveUserFromGroup', { GroupName: group, UserName: user }),
        refusal: ACCESS_DENIED,
      },
      'the policy of its group is detached': {
        right: member,
        end: ({ group, policyArn }) => iam('DetachGroupPolicy', { GroupName: group, PolicyArn: policyArn }),
        refusal: ACCESS_DENIED,
      },
      'another version of the policy of its group is the default': {
        right: member,
        end: newVersion(ALLOW_KMS),
        refusal: ACCESS_DENIED,
      },
      'the inline policy of its group is deleted': {
        right: memberWithInline,
        end: ({ group }) => iam('DeleteGroupPolicy', { GroupName: group, PolicyName: 'inline' }),
        refusal: ACCESS_DENIED,
      },
      'a permissions boundary is set': {
        right: inline(ALLOW),
        end: async (scene) => {
          await newVersion(ALLOW_KMS)(scene);
          await iam('PutUserPermissionsBoundary', { UserName: scene.user, PermissionsBoundary: scene.policyArn });
        },
        refusal: ACCESS_DENIED,
      },
      'another version of its permissions boundary is the default': {
        right: bounded,
        end: newVersion(ALLOW_KMS),
        refusal: ACCESS_DENIED,
      },
      'its credential is made inactive': {
        right: inline(ALLOW),
        end: ({ user, credentialId }) =>
          iam('UpdateServiceSpecificCredential', {
            ...{ UserName: user, ServiceSpecificCredentialId: credentialId, Status: 'Inactive' },
          }),
        refusal: UNKNOWN_CALLER,
      },
      'its credential is reset': {
        right: inline(ALLOW),
        end: ({ user, credentialId }) =>
          iam('ResetServiceSpecificCredential', { UserName: user, ServiceSpecificCredentialId: credentialId }),
        refusal: UNKNOWN_CALLER,
      },
      'its credential is deleted': {
        right: inline(ALLOW),
        end: ({ user, credentialId }) =>
          iam('DeleteServiceSpecificCredential', { UserName: user, ServiceSpecificCredentialId: credentialId }),
        refusal: UNKNOWN_CALLER,
      },
      'the policy of the key denies': {
        right: inline(ALLOW),
        end: ({ keyId, userArn }) =>
          codecommit.runKms('PutKeyPolicy', {
            KeyId: keyId,
            Policy: documentOf(ADMINISTRATION, { ...deny('kms:Decrypt'), Principal: { AWS: userArn } }),
          }),
        refusal: KEY_ACCESS_DENIED,
      },
      'the key is disabled': {
        right: inline(ALLOW),
        end: ({ keyId }) => codecommit.runKms('DisableKey', { KeyId: keyId }),
        refusal: 'EncryptionKeyDisabledException',
      },
      'its grant is revoked': {
        right: granted,
        end: async ({ keyId }) => {
          const { Grants } = await codecommit.runKms('ListGrants', { KeyId: keyId });
          await codecommit.runKms('RevokeGrant', { KeyId: keyId, GrantId: Grants[0].GrantId });
        },
        refusal: KEY_ACCESS_DENIED,
      },
      'the tag of the repository that it depends on is another': {
        right: inline(documentOf(allow('*', '*', { StringEqualsIfExists: { 'aws:ResourceTag/team': 'red' } }))),
        end: ({ repositoryArn }) =>
          codecommit.run('TagResource', { resourceArn: repositoryArn, tags: { team: 'blue' } }),
        refusal: ACCESS_DENIED,
      },
    };

    it.each(Object.entries(revocations))('is refused with the next request: %s', async (_, { right, end, refusal }) => {
      const scene = await newScene();
      await right(scene);
      // Twice: the second is answered from memory.
      for (let time = 0; time < 2; time++) expect(await onAllNodes(scene)).toEqual(new Set(['let in']));
      expect(await onAllNodes(other)).toEqual(new Set(['let in']));
      await end(scene);
      expect(await onAllNodes(scene)).toEqual(new Set([refusal]));
      expect(await onAllNodes(other)).toEqual(new Set(['let in']));
    });
  });
});

function documentOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
