import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { pino } from 'pino';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import type { FoundAccessKey } from '../../access/authentication/access-keys.ts';
import type { SigningKey } from '../../access/authentication/signing-keys.ts';
import type { Principal } from '../../access/principal.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { RequestThrottle } from '../../access/request-throttle.ts';
import type { AuditedEvent } from '../../observability/audit/cloudtrail-record.ts';
import { type Call, operationsOf, type Service } from '../../services/operation.ts';
import { ServiceError } from '../../services/service-error.ts';
import { codecommitValidate, iamValidate, kmsValidate, stsValidate } from '../../services/validation/index.ts';
import { originReader } from '../../trusted-proxies.ts';
import { throughDoors } from '../door.ts';
import { awsGateway } from './aws-gateway.ts';
import { authenticateBySignature } from './caller.ts';

const accountId = '111122223333';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

function key(accessKeyId: string, changes: Partial<FoundAccessKey> = {}): FoundAccessKey {
  return { accessKeyId, secretAccessKey, status: 'Active', accountId, userId: null, ...changes };
}

export const keys = {
  root: key('AKIAROOTROOTROOTROOT'),
  user: key('AKIAUSERUSERUSERUSER', { userId: 'AIDAUSER' }),
  gone: key('AKIAGONEGONEGONEGONE', { userId: 'AIDAGONE' }),
  inactive: key('AKIAINACTIVEINACTIVE', { status: 'Inactive' }),
};

function principalOf(found: SigningKey): Principal | undefined {
  if ('session' in found) return undefined;
  const { userId } = found;
  if (userId === 'AIDAGONE') return undefined;
  if (userId === null) return rootPrincipal(accountId);
  const arn = `arn:aws:iam::${accountId}:user/jane`;
  return { kind: 'user', accountId, arn, userId, tags: {}, identityPolicies: [] };
}

/** What the operations of the test endpoint saw. */
export interface Seen {
  readonly calls: Call[];
  readonly inputs: object[];
  readonly uses: [string, string, string][];
  readonly log: string[];
  /** What the audit trail was told. */
  readonly events: AuditedEvent[];
}

const anything = { resources: [{ arn: '*', accountId }] };
const createdAt = new Date('2026-11-22T10:20:30.456Z');

function see<Input extends object>(seen: Seen, call: Call, input: Input): Input {
  seen.calls.push(call);
  seen.inputs.push(input);
  return input;
}

function iamService(seen: Seen): Service<Seen> {
  const operation = operationsOf<Seen>('iam', iamValidate);
  const target = () => anything;
  const user = (UserName: string, Tags: iam.Tag[] | undefined) => ({
    UserName,
    Tags,
    Path: '/a&b<"\u0001>/',
    UserId: 'AIDAUSER',
    Arn: 'arn',
    CreateDate: createdAt,
  });
  const operations = [
    operation(iam.CreateUser$, iam.CreateUserCommand, {
      target,
      handle: (services, call, { UserName, Tags }) => {
        see(services, call, { UserName, Tags });
        if (UserName === 'exists') throw new ServiceError(iam.EntityAlreadyExistsException$, 'exists <&> already');
        if (UserName === 'broken') throw new Error(`the cause, with ${secretAccessKey}`);
        return { User: user(UserName, Tags) };
      },
    }),
    operation(iam.ListUsers$, iam.ListUsersCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return { Users: input.MaxItems === 1 ? [user('one', undefined)] : [], IsTruncated: false };
      },
    }),
    operation(iam.DeleteUser$, iam.DeleteUserCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return {};
      },
    }),
    operation(iam.GetAccountSummary$, iam.GetAccountSummaryCommand, {
      target,
      handle: () => ({ SummaryMap: { Users: 1, Groups: 0 } }),
    }),
    operation(iam.UntagUser$, iam.UntagUserCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return {};
      },
    }),
  ];
  return {
    signingName: 'iam',
    protocol: {
      kind: 'awsQuery',
      version: '2010-05-08',
      xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    },
    operations: new Map(operations.map((each) => [each.name, each])),
    services: seen,
  };
}

function stsService(seen: Seen): Service<Seen> {
  const operation = operationsOf<Seen>('sts', stsValidate);
  const getCallerIdentity = operation(sts.GetCallerIdentity$, sts.GetCallerIdentityCommand, {
    action: null,
    target: () => ({ resources: [] }),
    handle: (services, call, input) => {
      see(services, call, input);
      return { Account: call.principal.accountId, Arn: call.principal.arn, UserId: call.principal.userId };
    },
  });
  return {
    signingName: 'sts',
    protocol: {
      kind: 'awsQuery',
      version: '2011-06-15',
      xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    },
    operations: new Map([[getCallerIdentity.name, getCallerIdentity]]),
    services: seen,
  };
}

function codecommitService(seen: Seen): Service<Seen> {
  const operation = operationsOf<Seen>('codecommit', codecommitValidate);
  const target = () => anything;
  const operations = [
    operation(codecommit.CreateRepository$, codecommit.CreateRepositoryCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        if (input.repositoryName === 'exists') {
          throw new ServiceError(codecommit.RepositoryNameExistsException$, 'exists already');
        }
        if (input.repositoryName === 'damaged') {
          throw new ServiceError(codecommit.EncryptionIntegrityChecksFailedException$, 'damaged');
        }
        if (input.repositoryName === 'broken') throw new Error('the cause');
        const { repositoryName, repositoryDescription } = input;
        return { repositoryMetadata: { repositoryName, repositoryDescription, creationDate: createdAt } };
      },
    }),
    operation(codecommit.PutFile$, codecommit.PutFileCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return { commitId: 'c', blobId: String(input.fileContent.length), treeId: 't' };
      },
    }),
    operation(codecommit.TagResource$, codecommit.TagResourceCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return {};
      },
    }),
    operation(codecommit.ListTagsForResource$, codecommit.ListTagsForResourceCommand, {
      target,
      handle: () => ({ tags: { 'a "b"': 'é\u0001' } }),
    }),
    operation(codecommit.BatchGetRepositories$, codecommit.BatchGetRepositoriesCommand, {
      target,
      handle: (services, call, input) => {
        see(services, call, input);
        return { repositories: [], repositoriesNotFound: input.repositoryNames };
      },
    }),
  ];
  return {
    signingName: 'codecommit',
    protocol: { kind: 'awsJson1.1', targetPrefix: 'CodeCommit_20150413' },
    operations: new Map(operations.map((each) => [each.name, each])),
    services: seen,
  };
}

function kmsService(seen: Seen): Service<Seen> {
  const operation = operationsOf<Seen>('kms', kmsValidate);
  const encrypt = operation(kms.Encrypt$, kms.EncryptCommand, {
    target: () => anything,
    handle: (services, call, input) => {
      see(services, call, input);
      return { CiphertextBlob: input.Plaintext, KeyId: input.KeyId };
    },
  });
  return {
    signingName: 'kms',
    protocol: { kind: 'awsJson1.1', targetPrefix: 'TrentService' },
    operations: new Map([[encrypt.name, encrypt]]),
    services: seen,
  };
}

/** The gateway on a free port, over a few operations that answer what they were asked. */
export async function startEndpoint() {
  const recorder = auditRecorder();
  const seen: Seen = { calls: [], inputs: [], uses: [], log: [], events: recorder.events };
  const lines = new Writable({
    write(chunk, _encoding, done) {
      seen.log.push(String(chunk));
      done();
    },
  });
  const gateway = awsGateway({
    throttle: new RequestThrottle('off'),
    audit: recorder.audit,
    failedSignIns: recorder.failedSignIns,
    services: [codecommitService(seen), kmsService(seen), iamService(seen), stsService(seen)],
    authenticateBySignature: authenticateBySignature({
      signingKeys: {
        find: async (id, sessionToken) =>
          sessionToken === undefined ? Object.values(keys).find(({ accessKeyId }) => accessKeyId === id) : undefined,
        recordUse: ({ accessKeyId }, region, service) => void seen.uses.push([accessKeyId, region, service]),
      },
      loadPrincipal: async (key) => principalOf(key),
    }),
    console: { path: '/console/api', authenticateBySession: async () => Promise.reject(new Error('not tested')) },
    pageForBrowsers: '/console',
    originOf: originReader([]),
    logger: pino(lines),
  });
  const server = createServer(throughDoors([gateway], (_request, response) => response.writeHead(404).end()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url, seen, close };
}

interface RawRequest {
  readonly service?: string;
  readonly accessKeyId?: string;
  readonly method?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signingDate?: Date;
}

/** Signs whatever it is given and sends it. */
export async function sendSigned(url: string, request: RawRequest): Promise<Response> {
  const { hostname, port, host } = new URL(url);
  const signer = new SignatureV4({
    service: request.service ?? 'codecommit',
    region: 'us-east-1',
    credentials: { accessKeyId: request.accessKeyId ?? keys.root.accessKeyId, secretAccessKey },
    sha256: Sha256Node,
  });
  const { method = 'POST', query = {}, headers = {}, body } = request;
  const signed = await signer.sign(
    { method, protocol: 'http:', hostname, port: Number(port), path: '/', query, headers: { host, ...headers }, body },
    request.signingDate === undefined ? {} : { signingDate: request.signingDate },
  );
  const { host: _, ...sentHeaders } = signed.headers;
  return fetch(`${url}/${new URLSearchParams(query).size > 0 ? `?${new URLSearchParams(query)}` : ''}`, {
    method,
    headers: sentHeaders,
    ...(body === undefined ? {} : { body }),
  });
}

export function target(operation: string): Record<string, string> {
  return { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation };
}

export const form = { 'content-type': 'application/x-www-form-urlencoded' };
