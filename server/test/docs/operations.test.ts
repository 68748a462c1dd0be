import { readFileSync } from 'node:fs';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser } from '../harness/account-setup.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { modelOperations, OPERATIONS_FILE, operationsPage, SERVICES } from './operations-page.ts';
import { unsupportedOperations } from './unsupported-operations.ts';

it('docs/operations.md tells what the operation tables hold', () => {
  expect(readFileSync(OPERATIONS_FILE, 'utf8')).toBe(operationsPage());
});

it.each(Object.keys(unsupportedOperations) as (keyof typeof unsupportedOperations)[])(
  'each operation of %s is served, or there is a reason why not, never both',
  (title) => {
    const reasons = unsupportedOperations[title];
    expect(reasons.flatMap(({ operations }) => operations).sort()).toEqual(unserved(title));
    for (const { reason } of reasons) expect(reason).toMatch(/^.{20,}\.$/u);
  },
);

function unserved(title: string): string[] {
  const service = SERVICES.find((each) => each.title === title);
  if (service === undefined) throw new Error(`There is no service ${title}`);
  return modelOperations(service.model).filter((name) => !service.operations.has(name));
}

describe('at the endpoint of a real server, for its root user', () => {
  let server: CodekeepServer;
  beforeAll(async () => {
    server = await startCodekeep();
  });
  afterAll(() => server.dispose());

  // biome-ignore lint/suspicious/noExplicitAny: commands of five SDKs, each sent by the client of its own
  type AnyClient = { send(command: any): Promise<unknown>; destroy(): void };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  type Model = Record<string, any>;

  it.each<[string, Model, (options: ReturnType<typeof asRootUser>) => AnyClient, string]>([
    ['CodeCommit', codecommit, (options) => new codecommit.CodeCommitClient(options), 'UnknownOperationException'],
    ['KMS', kms, (options) => new kms.KMSClient(options), 'UnknownOperationException'],
    ['CloudTrail', cloudtrail, (options) => new cloudtrail.CloudTrailClient(options), 'UnknownOperationException'],
    ['IAM', iam, (options) => new iam.IAMClient(options), 'InvalidAction'],
    ['STS', sts, (options) => new sts.STSClient(options), 'InvalidAction'],
  ])('no operation of %s that is not served answers with success', async (title, model, client, code) => {
    const sdk = client(asRootUser(server));
    try {
      for (const name of unserved(title)) {
        const outcome = await sdk.send(new model[`${name}Command`]({})).then(
          () => 'success',
          (error: Error) => error.name,
        );
        expect([name, outcome]).toEqual([name, code]);
      }
    } finally {
      sdk.destroy();
    }
  });

  it('STS decodes no authorization message, as no service here encodes one', async () => {
    const client = new sts.STSClient(asRootUser(server));
    try {
      await expect(
        client.send(new sts.DecodeAuthorizationMessageCommand({ EncodedMessage: 'an encoded message' })),
      ).rejects.toMatchObject({ name: 'InvalidAuthorizationMessageException' });
    } finally {
      client.destroy();
    }
  });
});
