import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KmsKeyringNode } from '@aws-crypto/client-node';
import { KMS } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageClient } from '../../src/storage/encryption/messages.ts';
import { createGitUser } from '../harness/account-setup.ts';
import { type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// KMS as its clients know it: boto3, the AWS CLI and AWS's Encryption SDK; and repositories under a key of the team's own.

const git = await requireClient('git');
const boto3 = await requireClient('boto3');
const aws = await requireClient('aws');
const [executable] = await awsExecutables();

const SHARED = `
kms, codecommit, iam = client("kms"), client("codecommit"), client("iam")
account = client("sts").get_caller_identity()["Account"]

def code(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
`;

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? git.skipReason ?? boto3.skipReason ?? aws.skipReason;
  describe.skipIf(skipReason)(`KMS on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient | undefined;
    let cli: AwsCli | undefined;
    const access = () => ({ endpoint: codekeep.server.url, ...codekeep.server.account });
    const run = (script: string) => runBoto3(boto3.path ?? '', SHARED + script, access());

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      cli = executable && (await awsCli(executable, access()));
    });
    afterAll(async () => {
      await client?.dispose();
      await cli?.dispose();
      await codekeep?.dispose();
    });

    it('serves the life of keys of every kind to boto3', async () => {
      await run(`
made = kms.create_key(Description="Für uns", Tags=[{"TagKey": "team", "TagValue": "blue"}])["KeyMetadata"]
key, arn = made["KeyId"], made["Arn"]
kms.create_alias(AliasName="alias/ours", TargetKeyId=key)
for name in (key, arn, "alias/ours", arn.replace("key/" + key, "alias/ours")):
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == arn
context = {"purpose": "journey"}
encrypted = kms.encrypt(KeyId="alias/ours", Plaintext=b"geheim", EncryptionContext=context)["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=encrypted, EncryptionContext=context)["Plaintext"] == b"geheim"
assert code(kms.decrypt, CiphertextBlob=encrypted) == "InvalidCiphertextException"
assert code(kms.decrypt, CiphertextBlob=encrypted, EncryptionContext=context, DryRun=True) == "DryRunOperationException"
data = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
assert kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
assert len(kms.generate_random(NumberOfBytes=33)["Plaintext"]) == 33

kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
kms.rotate_key_on_demand(KeyId=key)
assert [each["RotationType"] for each in kms.list_key_rotations(KeyId=key)["Rotations"]] == ["ON_DEMAND"]
kms.disable_key_rotation(KeyId=key)
moved = kms.re_encrypt(CiphertextBlob=encrypted, SourceEncryptionContext=context, DestinationKeyId=key)
assert moved["SourceKeyMaterialId"] != moved["DestinationKeyMaterialId"], moved
assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"geheim"

kms.tag_resource(KeyId=key, Tags=[{"TagKey": "stage", "TagValue": "test"}])
kms.untag_resource(KeyId=key, TagKeys=["team"])
assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "stage", "TagValue": "test"}]
kms.update_key_description(KeyId=key, Description="neu")

policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
iam.create_user(UserName="granted")
granted = f"arn:aws:iam::{account}:user/granted"
policy["Statement"].append({"Effect": "Allow", "Principal": {"AWS": granted}, "Action": "kms:DescribeKey", "Resource": "*"})
kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == policy
assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
policy["Statement"] = policy["Statement"][1:]
assert code(kms.put_key_policy, KeyId=key, Policy=json.dumps(policy)) == "MalformedPolicyDocumentException"

pair = iam.create_access_key(UserName="granted")["AccessKey"]
theirs = client("kms", aws_access_key_id=pair["AccessKeyId"], aws_secret_access_key=pair["SecretAccessKey"])
assert theirs.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "neu"
assert code(theirs.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
grant = kms.create_grant(KeyId=key, GranteePrincipal=granted, Operations=["Encrypt"], RetiringPrincipal=granted)
theirs.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[grant["GrantToken"]])
listed = [each for page in kms.get_paginator("list_grants").paginate(KeyId=key) for each in page["Grants"]]
assert [(each["GrantId"], each["GranteePrincipal"]) for each in listed] == [(grant["GrantId"], granted)], listed
assert len(kms.list_retirable_grants(RetiringPrincipal=granted)["Grants"]) == 1
theirs.retire_grant(KeyId=arn, GrantId=grant["GrantId"])
assert code(theirs.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
grant = kms.create_grant(KeyId=key, GranteePrincipal=granted, Operations=["Encrypt"])
kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])

signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
algorithm = {"KeyId": signing, "SigningAlgorithm": "ECDSA_SHA_256"}
signature = kms.sign(Message=b"m", **algorithm)["Signature"]
assert kms.verify(Message=b"m", Signature=signature, **algorithm)["SignatureValid"]
assert code(kms.verify, Message=b"n", Signature=signature, **algorithm) == "KMSInvalidSignatureException"
assert kms.get_public_key(KeyId=signing)["KeySpec"] == "ECC_NIST_P256"
mac_key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
algorithm = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_256"}
mac = kms.generate_mac(Message=b"m", **algorithm)["Mac"]
assert kms.verify_mac(Message=b"m", Mac=mac, **algorithm)["MacValid"]

assert {each["KeyId"] for page in kms.get_paginator("list_keys").paginate(Limit=1) for each in page["Keys"]} >= {key, signing, mac_key}
kms.update_alias(AliasName="alias/ours", TargetKeyId=key)
assert code(kms.create_alias, AliasName="alias/aws/ours", TargetKeyId=key) == "NotAuthorizedException"
kms.disable_key(KeyId=key)
assert code(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
kms.enable_key(KeyId=key)
window = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
assert window["KeyState"] == "PendingDeletion" and window["DeletionDate"].tzinfo is not None
assert code(kms.encrypt, KeyId=key, Plaintext=b"x") == "KMSInvalidStateException"
kms.cancel_key_deletion(KeyId=key)
kms.delete_alias(AliasName="alias/ours")
assert code(kms.create_key, MultiRegion=True) == "UnsupportedOperationException"
assert code(kms.create_custom_key_store, CustomKeyStoreName="store") == "UnknownOperationException"
`);
    });

    it('wraps the data keys of the AWS Encryption SDK', async () => {
      const { url, account } = codekeep.server;
      const { region, accessKeyId, secretAccessKey } = account;
      const kms = new KMS({ endpoint: url, region, credentials: { accessKeyId, secretAccessKey } });
      try {
        const { KeyMetadata } = await kms.createKey({});
        const generatorKeyId = KeyMetadata?.Arn ?? '';
        const keyring = new KmsKeyringNode({ generatorKeyId, clientProvider: () => kms });
        const plaintext = randomBytes(100_000);
        const encryptionContext = { purpose: 'journey' };
        const { result } = await messageClient.encrypt(keyring, plaintext, { encryptionContext });
        const opened = await messageClient.decrypt(keyring, result);
        expect(opened.plaintext.equals(plaintext)).toBe(true);
        expect(opened.messageHeader.encryptionContext).toMatchObject(encryptionContext);
        await kms.disableKey({ KeyId: generatorKeyId });
        await expect(messageClient.decrypt(keyring, result)).rejects.toThrow(/is disabled/);
      } finally {
        kms.destroy();
      }
    });

    it('puts a repository under a key of the team, which opens and closes it for git and the API', async () => {
      const credential = await createGitUser(codekeep.server, 'keyed');
      client = await gitClient([credential]);
      const key = (await cli?.run(['kms', 'create-key', '--description', 'code'])) as {
        KeyMetadata: { Arn: string };
      };
      const arn = key.KeyMetadata.Arn;
      await cli?.run(['kms', 'create-alias', '--alias-name', 'alias/code', '--target-key-id', arn]);
      const url = (await run(`
answer(codecommit.create_repository(repositoryName="keyed")["repositoryMetadata"]["cloneUrlHttp"])
`)) as string;
      const work = join(client.home, 'work');
      await client.output(['clone', '-q', url, work]);
      await writeFile(join(work, 'file.txt'), 'content\n');
      await client.output(['-C', work, 'add', '.']);
      await client.output(['-C', work, 'commit', '-q', '-m', 'First']);
      await client.output(['-C', work, 'push', '-q', 'origin', 'main']);

      const update = ['codecommit', 'update-repository-encryption-key', '--repository-name', 'keyed'];
      const moved = await cli?.run([...update, '--kms-key-id', 'alias/code']);
      expect(moved).toMatchObject({ kmsKeyId: arn, originalKmsKeyId: expect.stringMatching(/^arn:aws:kms:/) });
      const found = await run(`
answer(codecommit.batch_get_repositories(repositoryNames=["keyed"])["repositories"][0]["kmsKeyId"])
`);
      expect(found).toBe(arn);

      const fetching = ['-C', work, 'fetch'];
      const cloning = ['clone', '-q', url, join(client.home, 'other')];
      const pushing = ['-C', work, 'push', 'origin', 'main:other'];
      const refused = async (exception: string, ...commands: string[][]) => {
        for (const command of commands) {
          const { exitCode, stderr } = (await client?.run(command)) ?? {};
          expect(exitCode).not.toBe(0);
          expect(stderr).toContain(exception);
        }
      };
      // The user of Git credentials has AWSCodeCommitPowerUser, and no right on the key yet.
      await refused('EncryptionKeyAccessDeniedException', fetching);
      await run(`
iam.put_user_policy(UserName="keyed", PolicyName="key", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${arn}",
     "Condition": {"StringEquals": {"kms:ViaService": "codecommit.${codekeep.server.account.region}.amazonaws.com"}}}]}))
`);
      await client.output(['-C', work, 'fetch', '-q']);
      await client.output(cloning);
      await rm(join(client.home, 'other'), { recursive: true });

      await run(`
kms.disable_key(KeyId="${arn}")
assert code(codecommit.get_repository, repositoryName="keyed") == "EncryptionKeyDisabledException"
`);
      await refused('EncryptionKeyDisabledException', fetching, cloning, pushing);
      await run(`
kms.enable_key(KeyId="${arn}")
kms.schedule_key_deletion(KeyId="${arn}")
assert code(codecommit.get_branch, repositoryName="keyed", branchName="main") == "EncryptionKeyUnavailableException"
`);
      await refused('EncryptionKeyUnavailableException', cloning);
      await run(`
kms.cancel_key_deletion(KeyId="${arn}")
kms.enable_key(KeyId="${arn}")
assert codecommit.get_branch(repositoryName="keyed", branchName="main")["branch"]["commitId"]
`);
      await client.output(pushing);
      await client.output(cloning);
    });
  });
}
