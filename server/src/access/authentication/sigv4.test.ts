import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HttpRequest } from '@smithy/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundAccessKey } from './access-keys.ts';
import { canonicalHeaders } from './canonical-request.ts';
import { parseQueryString } from './query-string.ts';
import { SignatureError } from './signature-error.ts';
import type { SigningKey } from './signing-keys.ts';
import { verifyRequestSignature } from './sigv4.ts';

const accessKey: FoundAccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  status: 'Active',
  accountId: '111122223333',
  userId: 'AIDAEXAMPLE',
};
const temporaryKey: SigningKey = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'temporary',
  status: 'Active',
  accountId: '111122223333',
  session: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    accountId: '111122223333',
    subject: { kind: 'assumed-role', roleId: 'AROAEXAMPLE', sessionName: 'build' },
    issuedAt: 0,
    expiresAt: 1,
  },
};
const SESSION_TOKEN = 'ckst_token/+= of characters';
const findAccessKey = async (id: string, sessionToken: string | undefined) => {
  if (id === temporaryKey.accessKeyId && sessionToken === SESSION_TOKEN) return temporaryKey;
  return id === accessKey.accessKeyId && sessionToken === undefined ? accessKey : undefined;
};
const temporaryCredentials = {
  accessKeyId: temporaryKey.accessKeyId,
  secretAccessKey: temporaryKey.secretAccessKey,
  sessionToken: SESSION_TOKEN,
};

interface Sent {
  method: string;
  path: string;
  /** Still escaped. */
  query: string;
  rawHeaders: string[];
  body: Uint8Array;
}

function signer(options: { service?: string; region?: string; credentials?: object } = {}) {
  return new SignatureV4({
    service: options.service ?? 'codecommit',
    region: options.region ?? 'us-east-1',
    credentials: { ...accessKey, ...options.credentials },
    sha256: Sha256Node,
  });
}

function request(changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    port: 8080,
    path: '/',
    query: {},
    headers: { host: 'localhost:8080', 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'A.B' },
    body: '{"a":1}',
    ...changes,
  };
}

function sent({ method, path, query = {}, headers, body }: HttpRequest): Sent {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map(
      (each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`,
    ),
  );
  return {
    method,
    path,
    query: parameters.join('&'),
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.from(body ?? ''),
  };
}

function verify({ query, rawHeaders, ...rest }: Sent, service = 'codecommit') {
  const received = { ...rest, query: parseQueryString(query), headers: canonicalHeaders(rawHeaders) };
  return verifyRequestSignature(received, service, findAccessKey);
}

async function refusal(message: Sent, service?: string): Promise<SignatureError> {
  try {
    await verify(message, service);
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error('accepted');
}

function setHeader(message: Sent, name: string, value: string | undefined): Sent {
  const pairs = message.rawHeaders.flatMap((text, index, all) =>
    index % 2 === 0 ? [[text, all[index + 1] ?? '']] : [],
  );
  const others = pairs.filter(([each]) => each?.toLowerCase() !== name);
  return { ...message, rawHeaders: [...others, ...(value === undefined ? [] : [[name, value]])].flat() };
}

function header(message: Sent, name: string): string {
  return canonicalHeaders(message.rawHeaders).get(name) ?? '';
}

const minutes = (count: number) => new Date(Date.now() + count * 60_000);

describe('requests signed in their headers', () => {
  it('accepts what the SDK signs', async () => {
    const verified = await verify(sent(await signer({ region: 'eu-west-3' }).sign(request())));
    expect(verified).toEqual({ accessKey, region: 'eu-west-3' });
  });

  it('accepts what the SDK signs with temporary credentials', async () => {
    const verified = await verify(sent(await signer({ credentials: temporaryCredentials }).sign(request())));
    expect(verified).toEqual({ accessKey: temporaryKey, region: 'us-east-1' });
  });

  it('accepts awkward paths, queries and headers', async () => {
    const odd = request({
      path: "/a%20b//c/./d/../e;x=1!*'()/~%2F/",
      query: { b: ['2', '1', ''], 'a b': "!'()* ~-_.", 'ä+&=': 'é%/?', A: '' },
      headers: {
        host: 'git-codecommit.us-east-1.example.com:8443',
        'x-amz-meta-spaces': '  two   words\t and a tab ',
        'x-amz-meta-empty': '',
        'My-Header': 'a, b,c',
      },
    });
    await expect(verify(sent(await signer().sign(odd)))).resolves.toBeDefined();
  });

  it('accepts whatever the SDK signs', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    // The SDK's signer keeps queries in plain objects, which lose this name.
    const name = text.filter((each) => each !== '__proto__');
    const headerValue = fc.string({ unit: fc.constantFrom(...' \tabcXYZ019,;:=?"+/'), maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.oneof(text, fc.array(text, { minLength: 1 }))),
        fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/u), headerValue),
        fc.array(fc.webPath(), { maxLength: 3 }),
        fc.uint8Array(),
        async (query, headers, segments, body) => {
          const original = request({
            query,
            body,
            path: `/${segments.join('/')}`,
            headers: { host: 'h:1', ...headers },
          });
          await verify(sent(await signer().sign(original)));
        },
      ),
    );
  });

  it('takes the Host header as it was sent, and repeated headers in order', async () => {
    const signed = sent(await signer().sign(request({ headers: { host: 'H:1', 'x-amz-meta': 'one,two' } })));
    const split = setHeader(signed, 'x-amz-meta', undefined);
    split.rawHeaders.push('X-Amz-Meta', ' one', 'x-amz-meta', 'two ');
    await expect(verify(split)).resolves.toBeDefined();
    expect((await refusal(setHeader(signed, 'host', 'h:2'))).problem).toBe('mismatch');
  });

  it('takes the authority of HTTP/2 for the host', async () => {
    const signed = setHeader(sent(await signer().sign(request())), 'host', undefined);
    const withAuthority = (name: string) => ({ ...signed, rawHeaders: [':authority', name, ...signed.rawHeaders] });
    await expect(verify(withAuthority('localhost:8080'))).resolves.toBeDefined();
    expect((await refusal(withAuthority('localhost:8081'))).problem).toBe('mismatch');
  });

  it('accepts a header of any bytes', async () => {
    const signed = await signer().sign(request({ headers: { host: 'h', 'x-amz-meta': 'é€' } }));
    // node:http gives one character a byte.
    await expect(
      verify(setHeader(sent(signed), 'x-amz-meta', Buffer.from('é€').toString('latin1'))),
    ).resolves.toBeDefined();
  });

  it('reads the time from a Date header where X-Amz-Date is absent', async () => {
    const now = new Date();
    const signed = sent(
      await signer().sign(request(), { signingDate: now, unsignableHeaders: new Set(['x-amz-date']) }),
    );
    const dated = setHeader(setHeader(signed, 'x-amz-date', undefined), 'date', now.toUTCString());
    await expect(verify(dated)).resolves.toBeDefined();
  });

  it('accepts a clock that is off by less than 15 minutes', async () => {
    for (const off of [-14, 14]) {
      await expect(verify(sent(await signer().sign(request(), { signingDate: minutes(off) })))).resolves.toBeDefined();
    }
  });

  it('knows a new secret of the same access key ID at once', async () => {
    await verify(sent(await signer().sign(request())));
    const other = signer({ credentials: { secretAccessKey: 'another' } });
    expect((await refusal(sent(await other.sign(request())))).problem).toBe('mismatch');
  });
});

describe('refusals of requests signed in their headers', () => {
  const cases: [string, (signed: Sent) => Sent, SignatureError['problem']][] = [
    ['no signature', (signed) => setHeader(signed, 'authorization', undefined), 'missing'],
    ['another scheme', (signed) => setHeader(signed, 'authorization', 'Basic eDp5'), 'incomplete'],
    ['an empty header', (signed) => setHeader(signed, 'authorization', ''), 'incomplete'],
    ['no parameters', (signed) => setHeader(signed, 'authorization', 'AWS4-HMAC-SHA256 x'), 'incomplete'],
    ['another body', (signed) => ({ ...signed, body: Buffer.from('{"a":2}') }), 'mismatch'],
    [
      'another body without a declared hash',
      (signed) => ({ ...setHeader(signed, 'x-amz-content-sha256', undefined), body: Buffer.from('') }),
      'mismatch',
    ],
    ['an unsigned payload', (signed) => setHeader(signed, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'), 'mismatch'],
    ['another target', (signed) => setHeader(signed, 'x-amz-target', 'A.C'), 'mismatch'],
    ['an unsigned header of AWS', (signed) => setHeader(signed, 'x-amz-new', 'x'), 'mismatch'],
    ['a signed header gone', (signed) => setHeader(signed, 'content-type', undefined), 'mismatch'],
    ['another method', (signed) => ({ ...signed, method: 'PUT' }), 'mismatch'],
    ['another path', (signed) => ({ ...signed, path: '/x' }), 'mismatch'],
    ['another query', (signed) => ({ ...signed, query: 'x=y' }), 'mismatch'],
    ['no date', (signed) => setHeader(signed, 'x-amz-date', undefined), 'incomplete'],
    ['a date that does not exist', (signed) => setHeader(signed, 'x-amz-date', '20250231T256000Z'), 'incomplete'],
    ['a session token', (signed) => setHeader(signed, 'x-amz-security-token', 'token'), 'invalidToken'],
    ['both forms', (signed) => ({ ...signed, query: 'X-Amz-Signature=x' }), 'incomplete'],
    ['two Authorization headers', (signed) => twice(signed, 'authorization'), 'incomplete'],
    ['two dates', (signed) => twice(signed, 'x-amz-date'), 'incomplete'],
    ['a second host', (signed) => ({ ...signed, rawHeaders: [...signed.rawHeaders, 'Host', 'evil'] }), 'mismatch'],
    ['an unknown key', (signed) => edited(signed, 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLF'), 'invalidToken'],
    ['no access key ID', (signed) => edited(signed, 'AKIAIOSFODNN7EXAMPLE', ' '), 'invalidToken'],
    ['another terminator', (signed) => edited(signed, 'aws4_request', 'aws5_request'), 'mismatch'],
    ['another Region', (signed) => edited(signed, 'us-east-1', 'us-east-2'), 'mismatch'],
    ['a Region that is no name', (signed) => edited(signed, 'us-east-1', 'us:east'), 'mismatch'],
    ['a short scope', (signed) => edited(signed, '/aws4_request', ''), 'incomplete'],
    ['a scope of letters', (signed) => edited(signed, /\/\d{8}\//u, '/yyyymmdd/'), 'incomplete'],
    ['a date unlike the scope', (signed) => edited(signed, /\/\d{8}\//u, '/20010101/'), 'mismatch'],
    ['a short signature', (signed) => edited(signed, /Signature=.*/u, 'Signature=00'), 'mismatch'],
    ['a wrong signature', (signed) => edited(signed, /Signature=.*/u, `Signature=${'0'.repeat(64)}`), 'mismatch'],
    ['an empty signature', (signed) => edited(signed, /Signature=.*/u, 'Signature='), 'incomplete'],
    ['no signed headers', (signed) => edited(signed, /SignedHeaders=[^,]*,/u, ''), 'incomplete'],
    ['a header signed twice', (signed) => edited(signed, 'host;', 'host;host;'), 'incomplete'],
    ['capitals in signed headers', (signed) => edited(signed, 'host;', 'Host;'), 'incomplete'],
  ];

  it.each(cases)('%s', async (_, change, problem) => {
    const error = await refusal(change(sent(await signer().sign(request()))));
    expect(error.problem).toBe(problem);
    expect(error.message).not.toContain(accessKey.secretAccessKey);
  });

  function edited(message: Sent, pattern: string | RegExp, replacement: string): Sent {
    return setHeader(message, 'authorization', header(message, 'authorization').replace(pattern, replacement));
  }

  function twice(message: Sent, name: string): Sent {
    return { ...message, rawHeaders: [...message.rawHeaders, name, header(message, name)] };
  }

  it('a request without host among the signed headers', async () => {
    const signed = await signer().sign(request(), { unsignableHeaders: new Set(['host']) });
    expect((await refusal(sent(signed))).message).toContain("'Host' or ':authority' must be a 'SignedHeader'");
  });

  it('an unsigned header of AWS that was there from the start', async () => {
    const signed = await signer().sign(request(), { unsignableHeaders: new Set(['x-amz-target']) });
    expect((await refusal(sent(signed))).message).toContain('x-amz-target');
  });

  it('another service', async () => {
    const error = await refusal(sent(await signer({ service: 'iam' }).sign(request())));
    expect(error.message).toBe("Credential should be scoped to correct service: 'codecommit'.");
  });

  it('an inactive key, in the words of an unknown one', async () => {
    const { method, path, rawHeaders, body } = sent(await signer().sign(request()));
    const received = { method, path, query: [], headers: canonicalHeaders(rawHeaders), body };
    const inactive = verifyRequestSignature(received, 'codecommit', async () => ({ ...accessKey, status: 'Inactive' }));
    const unknown = verifyRequestSignature(received, 'codecommit', async () => undefined);
    const message = 'The security token included in the request is invalid.';
    await expect(inactive).rejects.toMatchObject({ problem: 'invalidToken', message });
    await expect(unknown).rejects.toMatchObject({ problem: 'invalidToken', message });
  });

  it('too old and too new, in the words of AWS', async () => {
    const old = await refusal(sent(await signer().sign(request(), { signingDate: minutes(-16) })));
    expect(old).toMatchObject({ problem: 'mismatch' });
    expect(old.message).toMatch(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/u,
    );
    const early = await refusal(sent(await signer().sign(request(), { signingDate: minutes(16) })));
    expect(early.message).toMatch(/^Signature not yet current: \d{8}T\d{6}Z is still later than .* \+ 15 min\.\)$/u);
  });

  it.each([
    ['without its session token', undefined],
    ['with an empty session token', ''],
    ['with the session token of another', `${SESSION_TOKEN}2`],
  ])('a temporary key %s', async (_, sessionToken) => {
    const signed = sent(await signer({ credentials: { ...temporaryCredentials, sessionToken } }).sign(request()));
    expect(await refusal(signed)).toMatchObject({
      problem: 'invalidToken',
      message: 'The security token included in the request is invalid.',
    });
  });

  it('a session token that is not signed, and one that was sent twice', async () => {
    const signed = sent(await signer({ credentials: temporaryCredentials }).sign(request()));
    const unsigned = edited(signed, ';x-amz-security-token', '');
    expect((await refusal(unsigned)).problem).toBe('mismatch');
    expect((await refusal(twice(signed, 'x-amz-security-token'))).problem).toBe('invalidToken');
  });

  it('any one bit of the body, target or signature changed', async () => {
    const signed = sent(await signer().sign(request()));
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(7), async (position, bit) => {
        const body = Uint8Array.from(signed.body);
        body[position % body.length] = (body[position % body.length] ?? 0) ^ (1 << bit);
        expect((await refusal({ ...signed, body })).problem).toBe('mismatch');
      }),
      { numRuns: 30 },
    );
  });

  it('nonsense, always with a SignatureError', async () => {
    const piece = fc.constantFrom(
      'AWS4-HMAC-SHA256',
      ' ',
      'Credential=',
      'a/b/c/d/e',
      ',',
      'Signature=',
      'SignedHeaders=',
      ';',
      '=',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string())), async (pieces) => {
        await refusal(setHeader(sent(request()), 'authorization', pieces.join('')));
      }),
    );
  });
});

describe('presigned requests', () => {
  const get = () =>
    request({
      method: 'GET',
      headers: { host: 'localhost:8080' },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15', 'odd name': 'a+b/c=~*' },
      body: undefined,
    });
  const presigned = async (options = {}) => sent(await signer().presign(get(), { expiresIn: 60, ...options }));
  const withParameter = (message: Sent, name: string, value: string | undefined): Sent => {
    const others = message.query.split('&').filter((each) => !each.startsWith(`${name}=`));
    return { ...message, query: [...others, ...(value === undefined ? [] : [`${name}=${value}`])].join('&') };
  };

  it('accepts what the SDK presigns, for as long as it says', async () => {
    await expect(verify(await presigned())).resolves.toEqual({ accessKey, region: 'us-east-1' });
    await expect(verify(await presigned({ expiresIn: 604_800 }))).resolves.toBeDefined();
    await expect(verify(await presigned({ signingDate: minutes(-59), expiresIn: 3600 }))).resolves.toBeDefined();
  });

  it('accepts what the SDK presigns with temporary credentials, and no such query with another token', async () => {
    const temporary = sent(await signer({ credentials: temporaryCredentials }).presign(get(), { expiresIn: 60 }));
    await expect(verify(temporary)).resolves.toEqual({ accessKey: temporaryKey, region: 'us-east-1' });
    const other = withParameter(temporary, 'X-Amz-Security-Token', 'other');
    expect((await refusal(other)).problem).toBe('invalidToken');
    expect((await refusal(withParameter(temporary, 'X-Amz-Security-Token', undefined))).problem).toBe('invalidToken');
    const token = 'X-Amz-Security-Token=x';
    expect((await refusal({ ...temporary, query: `${temporary.query}&${token}` })).problem).toBe('incomplete');
  });

  it('accepts a presigned POST with a signed target and its body', async () => {
    const target = { unhoistableHeaders: new Set(['x-amz-target']) };
    const signed = sent(await signer().presign(request(), target));
    await expect(verify(signed)).resolves.toBeDefined();
    expect((await refusal({ ...signed, body: Buffer.from('{}') })).problem).toBe('mismatch');
  });

  it('reads + in a query as a space, in the signature as in the value', async () => {
    const spaced = sent(await signer().presign({ ...get(), query: { a: 'b c' } }));
    await expect(verify({ ...spaced, query: spaced.query.replace('b%20c', 'b+c') })).resolves.toBeDefined();
    const plus = sent(await signer().presign({ ...get(), query: { a: 'b+c' } }));
    expect((await refusal({ ...plus, query: plus.query.replace('b%2Bc', 'b+c') })).problem).toBe('mismatch');
  });

  it('refuses one whose time is over', async () => {
    const error = await refusal(await presigned({ signingDate: minutes(-2), expiresIn: 60 }));
    expect(error.problem).toBe('expired');
  });

  it('refuses one from the future', async () => {
    expect((await refusal(await presigned({ signingDate: minutes(16) }))).message).toContain(
      'Signature not yet current',
    );
  });

  const cases: [string, string, string | undefined, SignatureError['problem']][] = [
    ['no algorithm', 'X-Amz-Algorithm', undefined, 'incomplete'],
    ['another algorithm', 'X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256', 'incomplete'],
    ['no credential', 'X-Amz-Credential', undefined, 'incomplete'],
    ['no date', 'X-Amz-Date', undefined, 'incomplete'],
    ['a bad date', 'X-Amz-Date', '2025-01-01', 'incomplete'],
    ['no expiry', 'X-Amz-Expires', undefined, 'incomplete'],
    ['an expiry of 0', 'X-Amz-Expires', '0', 'incomplete'],
    ['a negative expiry', 'X-Amz-Expires', '-1', 'incomplete'],
    ['an expiry over a week', 'X-Amz-Expires', '604801', 'incomplete'],
    ['an expiry in words', 'X-Amz-Expires', '6e1', 'incomplete'],
    ['a longer expiry than signed', 'X-Amz-Expires', '61', 'mismatch'],
    ['no signed headers', 'X-Amz-SignedHeaders', undefined, 'incomplete'],
    ['other signed headers', 'X-Amz-SignedHeaders', 'accept', 'mismatch'],
    ['no signature', 'X-Amz-Signature', undefined, 'incomplete'],
    ['a wrong signature', 'X-Amz-Signature', 'f'.repeat(64), 'mismatch'],
    ['a session token', 'X-Amz-Security-Token', 'token', 'invalidToken'],
    ['an unsigned payload', 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD', 'mismatch'],
    ['another parameter', 'Action', 'CreateUser', 'mismatch'],
    ['one parameter more', 'UserName', 'x', 'mismatch'],
  ];

  it.each(cases)('refuses %s', async (_, name, value, problem) => {
    expect((await refusal(withParameter(await presigned(), name, value))).problem).toBe(problem);
  });

  it('refuses a parameter given twice', async () => {
    const signed = await presigned();
    expect((await refusal({ ...signed, query: `${signed.query}&X-Amz-Expires=60` })).problem).toBe('incomplete');
  });
});
