import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyUser, createRole } from '../harness/account-setup.ts';
import type { AwsAccess } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';

// What a script does with STS by boto3: sessions of users, roles and federated users, and what they may not do.

const boto3 = await requireClient('boto3');

const SHARED = `
import urllib.request

def session(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }

def code(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]

def policy(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

sts = client("sts")
`;

describe.skipIf(boto3.skipReason)(`temporary credentials ${boto3.skipReason ?? ''}`, () => {
  let codekeep: CodekeepServer;
  let ana: AwsAccess;
  let roleArn: string;

  beforeAll(async () => {
    codekeep = await startCodekeep();
    ana = await createKeyUser(codekeep, 'ana', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    roleArn = await createRole(codekeep, 'builder');
  });
  afterAll(() => codekeep?.dispose());

  const run = (script: string) => runBoto3(boto3.path ?? '', SHARED + script, ana);

  it('of AssumeRole act as the role, within the session policy', async () => {
    const answer = await run(`
def assume(**arguments):
    return sts.assume_role(RoleArn="${roleArn}", RoleSessionName="build", **arguments)

assumed = assume(DurationSeconds=900)
own = session(assumed["Credentials"])
reader = session(assume(Policy=policy("codecommit:List*"))["Credentials"])
answer({
    "user": assumed["AssumedRoleUser"]["Arn"],
    "caller": client("sts", **own).get_caller_identity()["Arn"],
    "made": client("codecommit", **own).create_repository(
        repositoryName="made")["repositoryMetadata"]["repositoryName"],
    "iam": code(client("iam", **own).create_user, UserName="eve"),
    "listed": code(client("codecommit", **reader).list_repositories),
    "read": code(client("codecommit", **reader).get_repository, repositoryName="made"),
    "long": code(assume, DurationSeconds=3601),
    "broken": code(assume, Policy="{}"),
    "tagged": code(assume, Tags=[{"Key": "team", "Value": "blue"}]),
    "unknown": code(sts.assume_role, RoleArn="${roleArn}2", RoleSessionName="build"),
})
`);
    const arn = `arn:aws:sts::${codekeep.account.accountId}:assumed-role/builder/build`;
    expect(answer).toEqual({
      user: arn,
      caller: arn,
      made: 'made',
      iam: 'AccessDenied',
      listed: null,
      read: 'AccessDeniedException',
      long: 'ValidationError',
      broken: 'MalformedPolicyDocument',
      tagged: 'AccessDenied',
      unknown: 'AccessDenied',
    });
  });

  it('of GetSessionToken act as the user, but not on IAM, and end with the access key', async () => {
    const answer = await run(`
iam = client("iam")
key = iam.create_access_key(UserName="ana")["AccessKey"]
second = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
own = session(client("sts", **second).get_session_token()["Credentials"])
results = {
    "caller": client("sts", **own).get_caller_identity()["Arn"],
    "repositories": code(client("codecommit", **own).list_repositories),
    "iam": code(client("iam", **own).list_users),
    "again": code(client("sts", **own).get_session_token),
    "role": code(client("sts", **own).assume_role, RoleArn="${roleArn}", RoleSessionName="build"),
}
iam.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Inactive")
results["ended"] = [code(client("sts", **own).get_caller_identity), code(client("codecommit", **own).list_repositories)]
answer(results)
`);
    expect(answer).toEqual({
      caller: `arn:aws:iam::${codekeep.account.accountId}:user/ana`,
      repositories: null,
      iam: 'InvalidClientTokenId',
      again: 'AccessDenied',
      role: null,
      ended: ['InvalidClientTokenId', 'UnrecognizedClientException'],
    });
  });

  it('of GetFederationToken do what their policy allows, and sign URLs', async () => {
    const answer = await run(`
federated = sts.get_federation_token(Name="bob", Policy=policy("codecommit:*", "iam:*", "sts:*"))
own = session(federated["Credentials"])
bare = session(sts.get_federation_token(Name="bob")["Credentials"])
url = client("sts", **own).generate_presigned_url("get_caller_identity", HttpMethod="GET")
answer({
    "caller": client("sts", **own).get_caller_identity()["UserId"],
    "presigned": "federated-user/bob" in urllib.request.urlopen(url).read().decode(),
    "repositories": code(client("codecommit", **own).list_repositories),
    "iam": code(client("iam", **own).list_users),
    "role": code(client("sts", **own).assume_role, RoleArn="${roleArn}", RoleSessionName="build"),
    "bare": code(client("codecommit", **bare).list_repositories),
    "stolen": code(client("codecommit", **{**own, "aws_session_token": bare["aws_session_token"]}).list_repositories),
    "tokenless": code(client("sts", **{**own, "aws_session_token": None}).get_caller_identity),
})
`);
    expect(answer).toEqual({
      caller: `${codekeep.account.accountId}:bob`,
      presigned: true,
      repositories: null,
      iam: 'InvalidClientTokenId',
      role: 'AccessDenied',
      bare: 'AccessDeniedException',
      stolen: 'UnrecognizedClientException',
      tokenless: 'InvalidClientTokenId',
    });
  });

  it('are written to no log', () => {
    expect(codekeep.log()).toContain('request');
    for (const secret of ['ckst_', 'X-Amz-Security-Token', ana.secretAccessKey]) {
      expect(codekeep.log()).not.toContain(secret);
    }
  });
});
