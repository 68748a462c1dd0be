import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  type ContextEntry,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

function document(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const deny = (Action: string, more: object = {}) => ({ Effect: 'Deny', Action, Resource: '*', ...more });

describe.each(databaseEngines)('the policy simulator on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let repository: string;
    let annArn: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      repository = `arn:aws:codecommit:eu-west-1:${account.accountId}:Demo`;
      annArn = `arn:aws:iam::${account.accountId}:user/ann`;
      const Tags = [{ Key: 'team', Value: 'blue' }];
      await account.root.send(new CreateUserCommand({ UserName: 'ann', Tags }));
    });
    afterAll(() => account.close());

    async function custom(policy: string, input: object = {}) {
      const answer = await account.root.send(
        new SimulateCustomPolicyCommand({ PolicyInputList: [policy], ActionNames: ['codecommit:GitPush'], ...input }),
      );
      return answer.EvaluationResults ?? [];
    }

    async function decision(policy: string, input: object = {}): Promise<string | undefined> {
      const [result] = await custom(policy, input);
      return result?.EvalDecision;
    }

    it('tells what AWS tells in its own example, places of statements included', async () => {
      const policy =
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
      const at = (ContextKeyValues: string[]) => ({
        ActionNames: ['dynamodb:CreateBackup'],
        ContextEntries: [{ ContextKeyName: 'aws:CurrentTime', ContextKeyType: 'date', ContextKeyValues }],
      });
      expect(await custom(policy, at(['2019-04-25T11:00:00Z']))).toEqual([
        {
          EvalActionName: 'dynamodb:CreateBackup',
          EvalResourceName: '*',
          EvalDecision: 'allowed',
          MatchedStatements: [
            {
              SourcePolicyId: 'PolicyInputList.1',
              SourcePolicyType: 'IAM Policy',
              StartPosition: { Line: 1, Column: 38 },
              EndPosition: { Line: 1, Column: 167 },
            },
          ],
          MissingContextValues: [],
          PermissionsBoundaryDecisionDetail: undefined,
        },
      ]);
      expect(await custom(policy, at(['2017-04-25T11:00:00Z']))).toMatchObject([
        { EvalDecision: 'implicitDeny', MatchedStatements: [] },
      ]);
      expect(await custom(policy, { ActionNames: ['dynamodb:CreateBackup'] })).toMatchObject([
        { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:CurrentTime'] },
      ]);
    });

    it('gives way to other requests between two results, and ends within its effort', async () => {
      let turns = 0;
      let isDone = false;
      const others = (async () => {
        for (; !isDone; turns++) await new Promise(setImmediate);
      })();
      const ResourceArns = Array.from({ length: 100 }, (_, index) => `${repository}${index}`);
      expect(await custom(document(allow('*')), { ResourceArns, MaxItems: 100 })).toHaveLength(100);
      isDone = true;
      await others;
      expect(turns).toBeGreaterThanOrEqual(100);
    });

    it('refuses policies that take too long, and values that are too long', async () => {
      const search = { StringLike: { 'aws:UserAgent': `*${'a?'.repeat(10_000)}b*` } };
      const agent = (value: string) => ({
        ContextEntries: [{ ContextKeyName: 'aws:UserAgent', ContextKeyType: 'string', ContextKeyValues: [value] }],
      });
      await expect(custom(document(deny('*', { Condition: search })), agent('a'.repeat(8_192)))).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        message:
          'Deciding takes more than 10000000 steps. Simulate fewer or shorter policies, actions or resources at once.',
      });
      await expect(custom(document(allow('*')), agent('a'.repeat(8_193)))).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        message: 'A value of context key aws:UserAgent is longer than 8192 characters.',
      });
    });

    it('tells the denying statements only, wherever in the text they are', async () => {
      const policies = [
        JSON.stringify({ Version: '2012-10-17', Statement: [allow('*'), deny('codecommit:GitPush')] }, null, 2),
        document(deny('codecommit:*', { Sid: 'No' })),
      ];
      const [result] = await custom('', { PolicyInputList: policies });
      expect(result?.EvalDecision).toBe('explicitDeny');
      expect(result?.MatchedStatements).toMatchObject([
        {
          SourcePolicyId: 'PolicyInputList.1',
          StartPosition: { Line: 9, Column: 6 },
          EndPosition: { Line: 13, Column: 6 },
        },
        { SourcePolicyId: 'PolicyInputList.2', StartPosition: { Line: 1 } },
      ]);
    });

    it('decides each action on each resource, by itself and page by page', async () => {
      const input = {
        PolicyInputList: [document(allow('codecommit:Git*', { Resource: repository }))],
        ActionNames: ['codecommit:GitPush', 'codecommit:GitPull', 'codecommit:GetBranch'],
        ResourceArns: [repository, `${repository}2`],
      };
      const page = async (Marker?: string) =>
        account.root.send(new SimulateCustomPolicyCommand({ ...input, MaxItems: 4, Marker }));
      const first = await page();
      const second = await page(first.Marker);
      expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
      const all = [...(first.EvaluationResults ?? []), ...(second.EvaluationResults ?? [])];
      expect(all.map((each) => [each.EvalActionName, each.EvalResourceName, each.EvalDecision])).toEqual([
        ['codecommit:GitPush', repository, 'allowed'],
        ['codecommit:GitPush', `${repository}2`, 'implicitDeny'],
        ['codecommit:GitPull', repository, 'allowed'],
        ['codecommit:GitPull', `${repository}2`, 'implicitDeny'],
        ['codecommit:GetBranch', repository, 'implicitDeny'],
        ['codecommit:GetBranch', `${repository}2`, 'implicitDeny'],
      ]);
      expect(all[0]).toMatchObject({
        EvalDecisionDetails: {},
        ResourceSpecificResults: [
          { EvalResourceName: repository, EvalResourceDecision: 'allowed', MissingContextValues: [] },
        ],
      });
      const other = new SimulateCustomPolicyCommand({ ...input, Marker: 'x' });
      await expect(account.root.send(other)).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('takes permissions boundaries', async () => {
      const within = async (...statements: object[]) => {
        const PermissionsBoundaryPolicyInputList = [document(...statements)];
        const [result] = await custom(document(allow('*')), { PermissionsBoundaryPolicyInputList });
        const { AllowedByPermissionsBoundary } = result?.PermissionsBoundaryDecisionDetail ?? {};
        const ids = result?.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId);
        return [result?.EvalDecision, AllowedByPermissionsBoundary, ids];
      };
      const boundary = 'PermissionsBoundaryPolicyInputList.1';
      expect(await within(allow('codecommit:*'))).toEqual(['allowed', true, ['PolicyInputList.1', boundary]]);
      expect(await within(allow('iam:*'))).toEqual(['implicitDeny', false, []]);
      expect(await within(allow('*'), deny('codecommit:GitPush'))).toEqual(['explicitDeny', false, [boundary]]);
    });

    it('takes a policy of the resource, of the same account and of another one', async () => {
      const consenting = (AWS: string, Effect = 'Allow') => ({
        ResourcePolicy: document({ Effect, Principal: { AWS }, Action: '*', Resource: '*' }),
        CallerArn: annArn,
        ResourceArns: ['arn:aws:s3:::bucket'],
        ActionNames: ['s3:GetObject'],
      });
      const nothing = document(allow('iam:GetUser'));
      expect(await decision(nothing, consenting(annArn))).toBe('allowed');
      expect(await decision(nothing, consenting(account.accountId))).toBe('implicitDeny');
      expect(await decision(document(allow('s3:*')), consenting(account.accountId))).toBe('allowed');
      expect(await decision(document(allow('s3:*')), consenting(annArn, 'Deny'))).toBe('explicitDeny');
      const [matched] = await custom(nothing, consenting(annArn));
      expect(matched?.MatchedStatements).toMatchObject([
        { SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'Resource Policy' },
      ]);
      const foreign = { ...consenting(annArn), ResourceOwner: 'arn:aws:iam::999900001111:root' };
      const [refused] = await custom(nothing, foreign);
      expect(refused).toMatchObject({
        EvalDecision: 'implicitDeny',
        EvalDecisionDetails: { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' },
      });
      expect(await decision(document(allow('s3:*')), foreign)).toBe('allowed');
      const key = { ActionNames: ['kms:Decrypt'], ResourceArns: [`arn:aws:kms:eu-west-1:${account.accountId}:key/1`] };
      expect(await decision(document(allow('kms:*')), { ...consenting('123456789012'), ...key })).toBe('implicitDeny');
    });

    it.each<[ContextEntry['ContextKeyType'], string, string, string[], boolean]>([
      ['string', 'StringEquals', 'a', ['a'], true],
      ['stringList', 'ForAnyValue:StringEquals', 'a', ['b', 'a'], true],
      ['numeric', 'NumericLessThan', '10', ['9'], true],
      ['numericList', 'ForAllValues:NumericLessThan', '10', ['9', '11'], false],
      ['boolean', 'Bool', 'true', ['TRUE'], true],
      ['booleanList', 'ForAllValues:Bool', 'true', ['true', 'false'], false],
      ['ip', 'IpAddress', '10.0.0.0/8', ['10.1.2.3'], true],
      ['ipList', 'ForAnyValue:IpAddress', '10.0.0.0/8', ['192.0.2.1'], false],
      ['binary', 'BinaryEquals', 'AQID', ['AQID'], true],
      ['binaryList', 'ForAnyValue:BinaryEquals', 'AQID', ['AQI='], false],
      ['date', 'DateLessThan', '2026-01-01T00:00:00Z', ['2025-01-01T00:00:00Z'], true],
      ['dateList', 'ForAllValues:DateLessThan', '2026-01-01T00:00:00Z', ['2027-01-01T00:00:00Z'], false],
    ])('takes context of type %s', async (ContextKeyType, operator, wanted, ContextKeyValues, holds) => {
      const policy = document(allow('*', { Condition: { [operator]: { 'test:key': wanted } } }));
      const entry = { ContextKeyName: 'test:key', ContextKeyType, ContextKeyValues };
      expect(await decision(policy, { ContextEntries: [entry] })).toBe(holds ? 'allowed' : 'implicitDeny');
    });

    it.each<[why: string, input: object]>([
      ['a policy that is none', { PolicyInputList: ['{'] }],
      [
        'a policy with an operator that AWS has not',
        { PolicyInputList: [document(allow('*', { Condition: { Is: { a: 'b' } } }))] },
      ],
      ['an action without a service', { ActionNames: ['GitPush'] }],
      ['an action pattern', { ActionNames: ['codecommit:*'] }],
      ['a resource that is no ARN', { ResourceArns: ['Demo'] }],
      ['an owner that is no account', { ResourceOwner: 'me' }],
      ['two boundaries', { PermissionsBoundaryPolicyInputList: [document(allow('*')), document(allow('*'))] }],
      ['a resource policy without a caller', { ResourcePolicy: document({ ...allow('*'), Principal: '*' }) }],
      [
        'a resource policy without principals',
        { ResourcePolicy: document(allow('*')), CallerArn: 'arn:aws:iam::123456789012:user/x' },
      ],
      ['a caller who is a role', { CallerArn: 'arn:aws:iam::123456789012:role/x' }],
      ['a caller who is a session', { CallerArn: 'arn:aws:sts::123456789012:assumed-role/x/y' }],
      ['another resource handling option', { ResourceHandlingOption: 'EC2' }],
      [
        'a number that is none',
        { ContextEntries: [{ ContextKeyName: 'aws:x', ContextKeyType: 'numeric', ContextKeyValues: ['a'] }] },
      ],
      [
        'two values of one',
        { ContextEntries: [{ ContextKeyName: 'aws:x', ContextKeyType: 'string', ContextKeyValues: ['a', 'b'] }] },
      ],
      ['an entry without a type', { ContextEntries: [{ ContextKeyName: 'aws:x', ContextKeyValues: ['a'] }] }],
    ])('refuses %s', async (_why, input) => {
      await expect(custom(document(allow('*')), input)).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        status: 400,
      });
    });

    it('takes the resource handling options of EC2, which decide nothing else', async () => {
      expect(await decision(document(allow('*')), { ResourceHandlingOption: 'EC2-VPC-EBS-Subnet' })).toBe('allowed');
    });

    it('decides with the policies of a user, their groups and their boundary, as a real request would be', async () => {
      const inline = (Action: string) => document(allow(Action));
      const createPolicy = async (PolicyName: string, text: string) =>
        (await account.root.send(new CreatePolicyCommand({ PolicyName, Path: '/team/', PolicyDocument: text }))).Policy
          ?.Arn;
      const PolicyArn = await createPolicy('managed', inline('codecommit:GetBranch'));
      const PermissionsBoundary = await createPolicy(
        'limits',
        document(allow('codecommit:Get*'), allow('codecommit:Git*')),
      );
      await account.root.send(
        new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument: inline('codecommit:GitPull') }),
      );
      await account.root.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn }));
      await account.root.send(new CreateGroupCommand({ GroupName: 'team' }));
      const condition = {
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'codecommit:References': 'refs/heads/x' } },
      };
      const PolicyDocument = document(allow('codecommit:GitPush', condition), allow('iam:*'));
      await account.root.send(new PutGroupPolicyCommand({ GroupName: 'team', PolicyName: 'push', PolicyDocument }));
      await account.root.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'ann' }));
      await account.root.send(new PutUserPermissionsBoundaryCommand({ UserName: 'ann', PermissionsBoundary }));
      const simulate = async (PolicySourceArn: string, input: object = {}) => {
        const { EvaluationResults = [] } = await account.root.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn,
            ActionNames: ['codecommit:GitPull', 'codecommit:GetBranch', 'codecommit:GitPush', 'iam:GetUser'],
            ResourceArns: ['*'],
            ...input,
          }),
        );
        return EvaluationResults.map((each) => [each.EvalDecision, each.MatchedStatements?.[0]?.SourcePolicyId]);
      };
      const push = {
        ContextEntries: [
          { ContextKeyName: 'codecommit:references', ContextKeyType: 'string', ContextKeyValues: ['refs/heads/x'] },
        ],
      };
      expect(await simulate(annArn, push)).toEqual([
        ['allowed', 'user_ann_own'],
        ['allowed', 'managed'],
        ['allowed', 'group_team_push'],
        ['implicitDeny', undefined],
      ]);
      expect((await simulate(annArn))[2]).toEqual(['implicitDeny', undefined]);
      const free = { PermissionsBoundaryPolicyInputList: [document(allow('*'))] };
      expect((await simulate(annArn, free))[3]).toEqual(['allowed', 'group_team_push']);
      const group = `arn:aws:iam::${account.accountId}:group/team`;
      expect((await simulate(group)).map(([each]) => each)).toEqual([
        'implicitDeny',
        'implicitDeny',
        'implicitDeny',
        'allowed',
      ]);
      expect(await simulate(group, { CallerArn: annArn, ...push })).toContainEqual(['allowed', 'group_team_push']);
      expect(await simulate(annArn, { PolicyInputList: [document(deny('codecommit:GitPull'))] })).toContainEqual([
        'explicitDeny',
        'PolicyInputList.1',
      ]);

      const keys = await account.root.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: annArn }));
      expect(keys.ContextKeyNames).toEqual(['aws:PrincipalTag/team', 'codecommit:References']);
    });

    it('decides with the policies of a role', async () => {
      const RoleName = 'Builder';
      const AssumeRolePolicyDocument = document({
        Effect: 'Allow',
        Principal: { AWS: account.accountId },
        Action: 'sts:AssumeRole',
      });
      await account.root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      const PolicyDocument = document(allow('codecommit:*'));
      await account.root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument }));
      const simulate = (PolicySourceArn: string, input: object = {}) =>
        account.root.send(
          new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['codecommit:GitPull'], ...input }),
        );
      const arn = `arn:aws:iam::${account.accountId}:role/Builder`;
      const { EvaluationResults } = await simulate(arn);
      expect(EvaluationResults).toMatchObject([
        { EvalDecision: 'allowed', MatchedStatements: [{ SourcePolicyId: 'role_Builder_all' }] },
      ]);
      const ResourcePolicy = document({ ...allow('*'), Principal: '*' });
      await expect(simulate(arn, { ResourcePolicy })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await expect(simulate(`arn:aws:iam::${account.accountId}:role/nobody`)).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: 'The role with name nobody cannot be found.',
      });
      for (const other of [
        `arn:aws:iam::${account.accountId}:root`,
        `arn:aws:sts::${account.accountId}:assumed-role/Builder/x`,
      ]) {
        await expect(simulate(other)).rejects.toMatchObject({
          queryCode: 'InvalidInput',
          message: `Invalid Entity Arn: ${other} does not clearly define entity type and name.`,
        });
      }
    });

    it('lists the keys that policies ask for, each once, variables too', async () => {
      const policies = [
        document(
          allow('a:*', { Condition: { StringEquals: { 'aws:username': ['x'] }, Null: { 'AWS:UserName': 'true' } } }),
          allow('b:*', { Resource: `arn:aws:s3:::\${aws:PrincipalTag/team, 'none'}/\${*}`, Condition: {} }),
          deny('b:*', { Condition: { StringNotLike: { 'aws:SourceIp': `\${aws:userid}` } } }),
        ),
        JSON.stringify({ Statement: [{ ...allow('a:b'), Resource: `arn:aws:s3:::\${aws:never}` }] }),
      ];
      const { ContextKeyNames } = await account.root.send(
        new GetContextKeysForCustomPolicyCommand({ PolicyInputList: policies }),
      );
      expect(ContextKeyNames).toEqual(['aws:username', 'aws:principaltag/team', 'aws:SourceIp', 'aws:userid']);
      const malformed = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['x'] });
      await expect(account.root.send(malformed)).rejects.toMatchObject({ queryCode: 'InvalidInput' });
    });

    it('is for those whom policies allow, and tells of nobody else', async () => {
      const other = await account.otherAccount();
      const name = await account.newUser({
        statements: [
          allow('iam:SimulateCustomPolicy'),
          allow('iam:SimulatePrincipalPolicy', { Resource: `arn:aws:iam::${account.accountId}:user/ann` }),
        ],
      });
      const user = account.user(name);
      const ActionNames = ['iam:GetUser'];
      await user.send(new SimulateCustomPolicyCommand({ PolicyInputList: [document(allow('*'))], ActionNames }));
      await user.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: annArn, ActionNames }));
      const denied = { name: 'AccessDeniedError' };
      const nobody = `arn:aws:iam::${account.accountId}:user/nobody`;
      const foreign = `arn:aws:iam::${other.accountId}:user/ann`;
      for (const PolicySourceArn of [nobody, foreign]) {
        await expect(
          user.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames })),
        ).rejects.toMatchObject(denied);
        await expect(user.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn }))).rejects.toMatchObject(
          denied,
        );
      }
      await expect(
        account.root.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: foreign, ActionNames })),
      ).rejects.toMatchObject(denied);
      await expect(
        user.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [document(allow('*'))] })),
      ).rejects.toMatchObject(denied);
    });
  });
});
