import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef, StaticOperationSchema } from '@smithy/types';
import { describe, expect, it } from 'vitest';
import { HIDDEN, loggedMembers } from './logged-members.ts';

const OPERATION = 9;
const SECRET = 'do-not-log-me';

const operations = Object.entries({ cloudtrail, codecommit, iam, kms, sts }).flatMap(([service, model]) =>
  Object.values(model)
    .filter((exported): exported is StaticOperationSchema => Array.isArray(exported) && exported[0] === OPERATION)
    .map((schema) => ({ service, schema })),
);

/** Names of what must never be seen, whatever a schema says of it; by what AWS's API references call a secret. */
const SECRET_NAME =
  /password|secretaccesskey|sessiontoken|webidentitytoken|samlassertion|tokencode|authenticationcode|base32|qrcode|privatekey$|credentialsecret/i;
/** Numbers, dates, Booleans and IDs about secrets are none. */
const NO_SECRET = /SubjectFromWebIdentityToken|RemovePrivateKey|PasswordLastUsed|PasswordResetRequired|RequireSecret/i;

/** A value in which all that must be hidden says so, and everything else is filled. */
function example(schema: NormalizedSchema, name: string, depth: number, secret: boolean): unknown {
  const hidden =
    secret || Boolean(schema.getMergedTraits().sensitive) || (SECRET_NAME.test(name) && !NO_SECRET.test(name));
  if (schema.isStructSchema()) {
    if (depth > 6) return {};
    return Object.fromEntries(
      [...schema.structIterator()].map(([key, member]) => [key, example(member, key, depth + 1, hidden)]),
    );
  }
  if (schema.isListSchema()) return depth > 6 ? [] : [example(schema.getValueSchema(), name, depth + 1, hidden)];
  if (schema.isMapSchema()) return { key: example(schema.getValueSchema(), name, depth + 1, hidden) };
  if (schema.isBlobSchema()) return Buffer.from(SECRET);
  if (schema.isTimestampSchema()) return new Date(0);
  if (schema.isBooleanSchema()) return true;
  if (schema.isNumericSchema()) return 7;
  return hidden ? SECRET : 'shown';
}

function exampleOf(schema: SchemaRef): object {
  const normalized = NormalizedSchema.of(schema);
  return normalized.isUnitSchema() ? {} : (example(normalized, '', 0, false) as object);
}

describe('what is logged of an operation', () => {
  it(`has no secret, of all ${operations.length} operations`, () => {
    for (const { service, schema } of operations) {
      for (const shape of [schema[4], schema[5]]) {
        const text = JSON.stringify(loggedMembers(shape, exampleOf(shape)) ?? null);
        const place = `${service} ${schema[2]}: ${text.slice(0, 2_000)}`;
        expect(text.includes(SECRET), place).toBe(false);
        expect(text.includes(Buffer.from(SECRET).toString('base64')), place).toBe(false);
        expect(text.includes(JSON.stringify(Buffer.from(SECRET))), place).toBe(false);
      }
    }
  });

  it('is hidden where a schema calls it sensitive, and named as CloudTrail does', () => {
    expect(
      loggedMembers(iam.CreateLoginProfileRequest$, { UserName: 'ada', Password: SECRET, PasswordResetRequired: true }),
    ).toEqual({ userName: 'ada', password: HIDDEN, passwordResetRequired: true });
    const credentials = { AccessKeyId: 'ASIA', SecretAccessKey: SECRET, SessionToken: SECRET, Expiration: new Date(0) };
    expect(loggedMembers(sts.AssumeRoleResponse$, { Credentials: credentials })).toEqual({
      credentials: {
        accessKeyId: 'ASIA',
        secretAccessKey: HIDDEN,
        sessionToken: HIDDEN,
        expiration: '1970-01-01T00:00:00.000Z',
      },
    });
    expect(
      loggedMembers(kms.EncryptRequest$, { KeyId: 'k', Plaintext: Buffer.from(SECRET), EncryptionContext: { a: 'b' } }),
    ).toEqual({ keyId: 'k', plaintext: HIDDEN, encryptionContext: { a: 'b' } });
    expect(
      loggedMembers(codecommit.PutFileInput$, {
        repositoryName: 'demo',
        fileContent: Buffer.from(SECRET),
        commitMessage: SECRET,
        filePath: 'a.txt',
      }),
    ).toEqual({ repositoryName: 'demo', commitMessage: HIDDEN, filePath: 'a.txt' });
  });

  it('is only what the schema knows', () => {
    expect(loggedMembers(iam.GetUserRequest$, { UserName: 'ada', Other: SECRET })).toEqual({ userName: 'ada' });
    expect(loggedMembers(iam.GetUserRequest$, {})).toBeUndefined();
  });
});
