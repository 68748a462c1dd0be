import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const AWSServiceName = 'codestar-notifications.amazonaws.com';
const RoleName = 'AWSServiceRoleForCodeStarNotifications';

describe.each(databaseEngines)('service-linked roles on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    it('are made for their service, changed by nobody, and deleted by a task', async () => {
      const create = () => account.root.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, Description: 'd' }));
      const { Role } = await create();
      expect(Role).toMatchObject({
        Path: `/aws-service-role/${AWSServiceName}/`,
        RoleName,
        Arn: `arn:aws:iam::${account.accountId}:role/aws-service-role/${AWSServiceName}/${RoleName}`,
        Description: 'd',
      });
      expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain(`{"Service":"${AWSServiceName}"}`);
      await expect(create()).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
      });

      const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
      const Statement = [{ Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await account.root.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'p' }));
      for (const command of [
        new AttachRolePolicyCommand({ RoleName, PolicyArn }),
        new DetachRolePolicyCommand({ RoleName, PolicyArn }),
        new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: '{}' }),
        new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }),
        new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }),
        new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }),
        new DeleteRoleCommand({ RoleName }),
        new AddRoleToInstanceProfileCommand({ RoleName, InstanceProfileName: 'p' }),
      ]) {
        await expect(account.root.send(command as DeleteRoleCommand)).rejects.toMatchObject({
          queryCode: 'UnmodifiableEntity',
          status: 400,
          message: `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
        });
      }
      await account.root.send(new UpdateRoleDescriptionCommand({ RoleName, Description: 'new' }));
      await account.root.send(new UpdateRoleCommand({ RoleName, Description: 'newer' }));
      await account.root.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'k', Value: 'v' }] }));

      const remove = () => account.root.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
      const { DeletionTaskId } = await remove();
      expect(DeletionTaskId).toMatch(new RegExp(`^task/aws-service-role/${AWSServiceName}/${RoleName}/[0-9a-f-]{36}$`));
      const status = (of = account) => of.root.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
      expect(await status()).toEqual({ Status: 'SUCCEEDED' });
      await expect(status(await account.otherAccount())).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      const missing = { queryCode: 'NoSuchEntity', message: `The role with name ${RoleName} cannot be found.` };
      await expect(account.root.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject(missing);
      await expect(remove()).rejects.toMatchObject(missing);
      await create();
    });

    it('have a suffix where their service takes one, and no other role has their path', async () => {
      const create = (input: { AWSServiceName: string; CustomSuffix?: string }) =>
        account.root.send(new CreateServiceLinkedRoleCommand(input));
      const scaling = 'autoscaling.amazonaws.com';
      expect((await create({ AWSServiceName: scaling, CustomSuffix: 'ci' })).Role?.RoleName).toBe(
        'AWSServiceRoleForAutoScaling_ci',
      );
      await expect(create({ AWSServiceName, CustomSuffix: 'ci' })).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        message: 'Custom suffix is not allowed for this service.',
      });
      for (const unknown of ['nothing.amazonaws.com', 'toString']) {
        await expect(create({ AWSServiceName: unknown })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      }
      const Statement = [{ Effect: 'Allow', Principal: { Service: scaling }, Action: 'sts:AssumeRole' }];
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      const Path = `/aws-service-role/${scaling}/`;
      await expect(
        account.root.send(new CreateRoleCommand({ RoleName: 'x', Path, AssumeRolePolicyDocument })),
      ).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      const ordinary = 'ordinary';
      await account.root.send(new CreateRoleCommand({ RoleName: ordinary, AssumeRolePolicyDocument }));
      await expect(account.root.send(new DeleteServiceLinkedRoleCommand({ RoleName: ordinary }))).rejects.toMatchObject(
        { queryCode: 'NoSuchEntity' },
      );
    });

    it('are only for those whom policies allow, by service', async () => {
      const Condition = { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } };
      const Action = 'iam:CreateServiceLinkedRole';
      const name = await account.newUser({ statements: [{ Effect: 'Allow', Action, Resource: '*', Condition }] });
      const create = (service: string) =>
        account.user(name).send(new CreateServiceLinkedRoleCommand({ AWSServiceName: service }));
      await create('ecs.amazonaws.com');
      await expect(create('autoscaling.amazonaws.com')).rejects.toThrow(Action);
      await expect(create('nothing.amazonaws.com')).rejects.toThrow(Action);
    });
  });
});
