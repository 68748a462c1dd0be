import type { AwsAccess } from './aws-cli.ts';
import { minimalEnvironment } from './clients.ts';
import { outputOf } from './processes.ts';
import { temporaryFolder } from './temporary-folders.ts';

const PRELUDE = `
import json, os, sys
import boto3
import botocore.exceptions

def client(service, **options):
    return boto3.client(service, endpoint_url=os.environ["CODEKEEP_ENDPOINT"], **options)

def answer(value):
    print(json.dumps(value, default=str))
`;

/**
 * Runs a Python script in which `client('codecommit')` is boto3's client of the endpoint and `answer(value)` prints the
 * result.
 *
 * @param python a python3 that has boto3: `requireClient('boto3')`
 * @returns what the script answered
 */
export async function runBoto3(python: string, script: string, access: AwsAccess): Promise<unknown> {
  const home = await temporaryFolder('boto3-home');
  try {
    const stdout = await outputOf(python, ['-'], {
      cwd: home.path,
      env: {
        ...minimalEnvironment(),
        HOME: home.path,
        CODEKEEP_ENDPOINT: access.endpoint,
        AWS_DEFAULT_REGION: access.region,
        AWS_ACCESS_KEY_ID: access.accessKeyId,
        AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
        ...(access.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: access.sessionToken }),
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
      input: PRELUDE + script,
    });
    return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
  } finally {
    await home.remove();
  }
}
