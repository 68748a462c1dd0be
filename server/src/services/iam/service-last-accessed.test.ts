import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  GetUserCommand,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { ServiceUses } from '../../access/authentication/service-uses.ts';
import { servicesGrantedBy } from './granted-services.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

function document(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', ...statement }] });
}

describe('services that policies grant', () => {
  it.each<[string[], object]>([
    [['codecommit', 'iam', 'kms', 'sts'], { Action: '*' }],
    [['codecommit'], { Action: ['CodeCommit:GitPull', 's3:*'] }],
    [['codecommit', 'iam', 'kms', 'sts'], { Action: '*:Get*' }],
    [[], { Effect: 'Deny', Action: '*' }],
    [['codecommit', 'kms', 'sts'], { NotAction: ['iam:*'] }],
    [['codecommit', 'iam', 'kms', 'sts'], { NotAction: 'iam:DeleteUser' }],
    [[], { NotAction: '*' }],
  ])('are %j for %j', (services, statement) => {
    expect(servicesGrantedBy([{ name: 'p', document: document(statement) }])).toEqual(services);
  });
});

describe.each(databaseEngines)('service last accessed details on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function newUser(...actions: string[]) {
      const UserName = await account.newUser({
        path: '/team/',
        statements: [{ Effect: 'Allow', Action: ['sts:GetCallerIdentity', ...actions], Resource: '*' }],
      });
      const { User } = await account.root.send(new GetUserCommand({ UserName }));
      return { UserName, Arn: User?.Arn ?? '', UserId: User?.UserId ?? '' };
    }

    async function use(...uses: [identityId: string | null, region: string, service: string][]): Promise<void> {
      const recorded = new ServiceUses(account.services.database);
      for (const [identityId, region, service] of uses) recorded.record(identityId, region, service);
      await recorded.close();
    }

    async function generate(Arn: string): Promise<string> {
      return (await account.root.send(new GenerateServiceLastAccessedDetailsCommand({ Arn }))).JobId ?? '';
    }

    const details = (JobId: string, input: object = {}) =>
      account.root.send(new GetServiceLastAccessedDetailsCommand({ JobId, ...input }));
    const entities = (JobId: string, input: object = {}) =>
      account.root.send(
        new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'codecommit', ...input }),
      );

    it('tell of each service that a user may use when it was used, and where', async () => {
      const user = await newUser('codecommit:GitPull');
      await use([user.UserId, 'eu-west-1', 'codecommit'], [user.UserId, 'us-east-1', 'iam'], [null, 'x', 'sts']);
      const job = await generate(user.Arn);
      const never = { TotalAuthenticatedEntities: 0 };
      const answer = await details(job);
      expect(answer).toEqual({
        JobStatus: 'COMPLETED',
        JobType: 'SERVICE_LEVEL',
        JobCreationDate: expect.any(Date),
        JobCompletionDate: expect.any(Date),
        ServicesLastAccessed: [
          {
            ServiceName: 'AWS CodeCommit',
            ServiceNamespace: 'codecommit',
            LastAuthenticated: expect.any(Date),
            LastAuthenticatedEntity: user.Arn,
            LastAuthenticatedRegion: 'eu-west-1',
            TotalAuthenticatedEntities: 1,
          },
          { ServiceName: 'AWS Security Token Service', ServiceNamespace: 'sts', ...never },
        ],
        IsTruncated: false,
      });
      const page = await details(job, { MaxItems: 1 });
      expect((await details(job, { Marker: page.Marker })).ServicesLastAccessed).toMatchObject([
        { ServiceNamespace: 'sts' },
      ]);
      await use([user.UserId, 'eu-north-1', 'codecommit']);
      expect((await details(job)).ServicesLastAccessed?.[0]?.LastAuthenticatedRegion).toBe('eu-north-1');
    });

    it('tell of groups and policies who of their users and roles used a service', async () => {
      const [one, two] = [await newUser(), await newUser()];
      const GroupName = 'readers';
      const { Group } = await account.root.send(new CreateGroupCommand({ GroupName }));
      const { Policy } = await account.root.send(
        new CreatePolicyCommand({ PolicyName: 'pull', PolicyDocument: document({ Action: 'codecommit:GitPull' }) }),
      );
      const PolicyArn = Policy?.Arn ?? '';
      await account.root.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
      const PolicyDocument = document({ Action: 'kms:ListKeys' });
      await account.root.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'p', PolicyDocument }));
      for (const { UserName } of [one, two]) {
        await account.root.send(new AddUserToGroupCommand({ GroupName, UserName }));
      }
      const trust = { Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole', Resource: undefined };
      const { Role } = await account.root.send(
        new CreateRoleCommand({ RoleName: 'ci', AssumeRolePolicyDocument: document(trust) }),
      );
      await account.root.send(new AttachRolePolicyCommand({ RoleName: 'ci', PolicyArn }));
      await use([two.UserId, 'us-east-1', 'codecommit'], [Role?.RoleId ?? '', 'us-east-1', 'iam']);

      const ofGroup = await generate(Group?.Arn ?? '');
      const grouped = await details(ofGroup);
      expect(grouped.ServicesLastAccessed?.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual([
        'codecommit',
        'kms',
      ]);
      expect(grouped.ServicesLastAccessed?.[0]).toMatchObject({
        LastAuthenticatedEntity: two.Arn,
        TotalAuthenticatedEntities: 1,
      });
      const members = await entities(ofGroup);
      expect(members.EntityDetailsList).toEqual([
        {
          EntityInfo: { Arn: two.Arn, Name: two.UserName, Type: 'USER', Id: two.UserId, Path: '/team/' },
          LastAuthenticated: expect.any(Date),
        },
        { EntityInfo: expect.objectContaining({ Arn: one.Arn }) },
      ]);
      const ofPolicy = await generate(PolicyArn);
      const found = [];
      for (let Marker: string | undefined, more = true; more; ) {
        const answer = await entities(ofPolicy, { MaxItems: 1, Marker });
        found.push(...(answer.EntityDetailsList ?? []).map(({ EntityInfo }) => EntityInfo?.Arn));
        ({ Marker } = answer);
        more = answer.IsTruncated === true;
      }
      expect(found[0]).toBe(two.Arn);
      expect(found.toSorted()).toEqual([one.Arn, two.Arn, Role?.Arn].toSorted());
      expect((await entities(ofPolicy, { ServiceNamespace: 'iam' })).EntityDetailsList).toEqual([]);
      expect((await details(await generate(Role?.Arn ?? ''))).ServicesLastAccessed).toMatchObject([
        { ServiceNamespace: 'codecommit', TotalAuthenticatedEntities: 0 },
      ]);
      for (const { UserName } of [one, two]) {
        await account.root.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
      }
      expect((await entities(ofGroup)).EntityDetailsList).toEqual([]);
    });

    it('are refused for what does not exist, is another’s, or is not kept', async () => {
      const user = await newUser();
      const job = await generate(user.Arn);
      const missing = { queryCode: 'NoSuchEntity', status: 404 };
      await expect(generate(`${user.Arn}x`)).rejects.toMatchObject(missing);
      await expect(generate(user.Arn.replace('/team/', '/'))).rejects.toMatchObject(missing);
      await expect(generate(`arn:aws:iam::${account.accountId}:mfa/device`)).rejects.toMatchObject({
        queryCode: 'InvalidInput',
      });
      await expect(
        account.root.send(
          new GenerateServiceLastAccessedDetailsCommand({ Arn: user.Arn, Granularity: 'ACTION_LEVEL' }),
        ),
      ).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await expect(details('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject(missing);
      const other = await account.otherAccount();
      await expect(other.root.send(new GetServiceLastAccessedDetailsCommand({ JobId: job }))).rejects.toMatchObject(
        missing,
      );
      await expect(
        other.root.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: user.Arn })),
      ).rejects.toMatchObject({ name: 'AccessDeniedError' });
      await expect(
        account.user(user.UserName).send(new GenerateServiceLastAccessedDetailsCommand({ Arn: user.Arn })),
      ).rejects.toThrow(`iam:GenerateServiceLastAccessedDetails on resource: ${user.Arn}`);
      const seven = Date.now() - 7 * 86_400_000 - 1;
      await account.services.database.updateTable('last_accessed_jobs').set({ created_at: seven }).execute();
      await expect(details(job)).rejects.toMatchObject(missing);
      const leaving = await account.newUser();
      const { User } = await account.root.send(new GetUserCommand({ UserName: leaving }));
      const late = await generate(User?.Arn ?? '');
      await account.root.send(new DeleteUserCommand({ UserName: leaving }));
      await expect(details(late)).rejects.toMatchObject(missing);
    });
  });
});
