import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef, StaticOperationSchema } from '@smithy/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQueryString } from '../../access/authentication/query-string.ts';
import type { Answer } from './answer.ts';
import { decodeJsonInput } from './json-input.ts';
import { jsonSuccess } from './json-protocol.ts';
import { decodeQueryInput } from './query-input.ts';
import { querySuccess } from './query-protocol.ts';

/** A client of the SDK whose other end is the codec under test. */
interface Peer {
  readonly sdk: object;
  readonly protocol: 'json' | 'query';
  readonly client: (requestHandler: object) => { send(command: never): Promise<object> };
}

const settings = {
  endpoint: 'http://127.0.0.1',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
};
const peers: Record<string, Peer> = {
  codecommit: {
    sdk: codecommit,
    protocol: 'json',
    client: (requestHandler) => new codecommit.CodeCommitClient({ ...settings, requestHandler }),
  },
  kms: { sdk: kms, protocol: 'json', client: (requestHandler) => new kms.KMSClient({ ...settings, requestHandler }) },
  iam: { sdk: iam, protocol: 'query', client: (requestHandler) => new iam.IAMClient({ ...settings, requestHandler }) },
  sts: { sdk: sts, protocol: 'query', client: (requestHandler) => new sts.STSClient({ ...settings, requestHandler }) },
};

// Without the characters that XML cannot hold, and not of spaces alone, which the SDK's XML parser drops.
const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((value) => `x${value.replaceAll('\u0000', '')}é<&>"'`);
const seconds = fc.integer({ min: 1, max: 4_000_000_000 }).map((value) => new Date(value * 1000));

/** Values of a schema's type. */
function arbitraryValue(schema: NormalizedSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.isStructSchema()) return structureOf(schema, depth);
  if (schema.isListSchema()) return fc.array(arbitraryValue(schema.getValueSchema(), depth + 1), { maxLength: 3 });
  if (schema.isMapSchema()) {
    return fc.dictionary(text, arbitraryValue(schema.getValueSchema(), depth + 1), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return fc.integer();
  if (schema.isTimestampSchema()) return seconds;
  return schema.isBlobSchema() ? fc.uint8Array({ minLength: 1 }) : text;
}

function structureOf(schema: NormalizedSchema, depth: number): fc.Arbitrary<object> {
  const members = [...schema.structIterator()];
  const shallow = members.filter(([, member]) => depth < 5 || !(member.isStructSchema() || member.isListSchema()));
  // awsQuery cannot tell an empty structure in a list from none; the SDK fills in tokens itself.
  const requiredKeys = shallow.filter(([, member]) => depth > 0 || member.isIdempotencyToken()).map(([name]) => name);
  return fc.record(Object.fromEntries(shallow.map(([name, member]) => [name, arbitraryValue(member, depth + 1)])), {
    requiredKeys,
    noNullPrototype: true,
  });
}

function arbitraryOf(schema: SchemaRef): fc.Arbitrary<object> {
  const normalized = NormalizedSchema.of(schema);
  return normalized.isUnitSchema() ? fc.constant({}) : structureOf(normalized, 0);
}

function bodyOf(request: HttpRequest): Buffer {
  const { body } = request;
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.from(body ?? '');
}

function decode(protocol: Peer['protocol'], schema: StaticOperationSchema, body: Buffer): object {
  if (protocol === 'json') return decodeJsonInput(schema[4], body);
  return decodeQueryInput(schema[4], new Map(parseQueryString(body.toString())));
}

function encode(protocol: Peer['protocol'], schema: StaticOperationSchema, output: object): Answer {
  return protocol === 'json' ? jsonSuccess(schema, output) : querySuccess(schema, output, 'urn:x', 'id');
}

/** Bytes of any class compare by content; what the SDK adds is left out. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([name, each]) => name !== '$metadata' && each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, plain(each)]));
}

describe.each(Object.entries(peers))('codecs of %s', (_, { sdk, protocol, client }) => {
  const exported = Object.entries(sdk);
  const schemas = exported
    .map(([, value]) => value)
    .filter((value): value is StaticOperationSchema => value?.[0] === 9);

  it.each(schemas.map((schema) => [schema[2], schema] as const))('%s', async (name, schema) => {
    const Command = exported.find(([each]) => each === `${name}Command`)?.[1];
    await fc.assert(
      fc.asyncProperty(arbitraryOf(schema[4]), arbitraryOf(schema[5]), async (input, output) => {
        let decoded: object | undefined;
        const peer = client({
          handle: async (request: HttpRequest) => {
            decoded = decode(protocol, schema, bodyOf(request));
            const { status, contentType, body } = encode(protocol, schema, output);
            return {
              response: new HttpResponse({ statusCode: status, headers: { 'content-type': contentType }, body }),
            };
          },
        });
        const received = await peer.send(new Command(input) as never);
        expect(plain(decoded)).toEqual(plain(input));
        expect(plain(received)).toEqual(plain(output));
      }),
      { numRuns: 8 },
    );
  });
});

it('an operation of awsQuery without output answers without a result', () => {
  const { body } = querySuccess(iam.AddUserToGroup$, {}, 'https://iam.amazonaws.com/doc/2010-05-08/', 'id');
  expect(body.toString()).toBe(
    '<AddUserToGroupResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
      '<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></AddUserToGroupResponse>',
  );
});
