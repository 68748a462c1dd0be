import { once } from 'node:events';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { form, keys, secretAccessKey, sendSigned, startEndpoint, target } from './endpoint.fixture.ts';

let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());
beforeEach(() => {
  for (const list of Object.values(endpoint.seen)) list.length = 0;
});

const createRepository = 'CodeCommit_20150413.CreateRepository';
const createUser = 'Action=CreateUser&Version=2010-05-08&UserName=jane';
type Changes = Parameters<typeof sendSigned>[1];

const json = (changes: Changes = {}) =>
  sendSigned(endpoint.url, { headers: target(createRepository), body: '{"repositoryName":"x"}', ...changes });
const query = (changes: Changes = {}) =>
  sendSigned(endpoint.url, { service: 'iam', headers: form, body: createUser, ...changes });

async function expectJson(response: Response, code: string, status = 400): Promise<string> {
  const { __type, message } = (await response.json()) as { __type: string; message: string };
  expect([__type, response.status]).toEqual([code, status]);
  expect(response.headers.get('x-amzn-errortype')).toBe(code);
  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/u);
  return message;
}

async function expectXml(response: Response, code: string, status: number, type = 'Sender'): Promise<string> {
  const body = await response.text();
  expect([/<Code>(.*?)<\/Code>/u.exec(body)?.[1], response.status]).toEqual([code, status]);
  const requestId = response.headers.get('x-amzn-requestid');
  expect(body).toMatch(/^<ErrorResponse xmlns="[^"]+"><Error><Type>/u);
  expect(body).toContain(`<Error><Type>${type}</Type>`);
  expect(body).toContain(`<RequestId>${requestId}</RequestId></ErrorResponse>`);
  expect(response.headers.get('content-type')).toMatch(/^text\/xml/u);
  return /<Message>(.*?)<\/Message>/su.exec(body)?.[1] ?? '';
}

describe('routing', () => {
  it.each(['CodeCommit_20150413.Nonsense', 'CodeCommit_20150413.constructor', 'Other.CreateRepository', 'x', '.', ''])(
    'does not know the target %s',
    async (name) => {
      await expectJson(await json({ headers: { ...target('x'), 'x-amz-target': name } }), 'UnknownOperationException');
    },
  );

  it('does not know other actions and versions', async () => {
    const unknown = await query({ body: 'Action=Nonsense&Version=2010-05-08' });
    expect(await expectXml(unknown, 'InvalidAction', 400)).toBe(
      'Could not find operation Nonsense for version 2010-05-08',
    );
    const unversioned = await query({ body: 'Action=CreateUser' });
    expect(await expectXml(unversioned, 'InvalidAction', 400)).toContain('NO_VERSION_SPECIFIED');
    await expectXml(await query({ body: 'Action=CreateUser&Version=2011-06-15' }), 'InvalidAction', 400);
    await expectXml(await query({ body: 'Action=CreateUser&Version=1999-01-01' }), 'NoSuchVersion', 400);
    await expectXml(await query({ body: '' }), 'MissingAction', 400);
    await expectXml(await fetch(`${endpoint.url}/?Version=2010-05-08`), 'MissingAction', 400);
  });

  it('sends a browser that opens the endpoint to the page for people', async () => {
    const response = await fetch(endpoint.url, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/console');
  });

  it('takes the action from the query string too', async () => {
    const parameters = { Action: 'CreateUser', Version: '2010-05-08', UserName: 'jane' };
    expect((await query({ query: parameters, body: '' })).status).toBe(200);
  });
});

describe('authentication', () => {
  it('refuses what is not signed', async () => {
    const plainJson = await fetch(endpoint.url, { method: 'POST', headers: target(createRepository), body: '{}' });
    await expectJson(plainJson, 'MissingAuthenticationTokenException');
    const plainQuery = await fetch(endpoint.url, { method: 'POST', headers: form, body: createUser });
    await expectXml(plainQuery, 'MissingAuthenticationToken', 403);
  });

  it.each([
    ['unknown', 'AKIAUNKNOWNUNKNOWNUN'],
    ['inactive', keys.inactive.accessKeyId],
    ['of a deleted user', keys.gone.accessKeyId],
    ['no ID at all', 'x'],
  ])('refuses a key that is %s', async (_, accessKeyId) => {
    const message = 'The security token included in the request is invalid.';
    expect(await expectJson(await json({ accessKeyId }), 'UnrecognizedClientException')).toBe(message);
    expect(await expectXml(await query({ accessKeyId }), 'InvalidClientTokenId', 403)).toBe(message);
    expect(endpoint.seen.calls).toEqual([]);
    expect(endpoint.seen.uses).toEqual([]);
  });

  it('refuses a signature for another service, another body or another time', async () => {
    await expectJson(await json({ service: 'iam' }), 'InvalidSignatureException');
    await expectXml(await query({ service: 'codecommit' }), 'SignatureDoesNotMatch', 403);
    const signingDate = new Date(Date.now() - 16 * 60_000);
    expect(await expectJson(await json({ signingDate }), 'InvalidSignatureException')).toMatch(/^Signature expired: /u);
    expect(await expectXml(await query({ signingDate }), 'SignatureDoesNotMatch', 403)).toMatch(
      /^Signature expired: /u,
    );
  });

  it('refuses an unreadable Authorization header', async () => {
    const headers = { authorization: 'Basic eDp5' };
    const post = (more: Record<string, string>, body: string) =>
      fetch(endpoint.url, { method: 'POST', headers: { ...headers, ...more }, body });
    await expectJson(await post(target(createRepository), '{}'), 'IncompleteSignatureException');
    await expectXml(await post(form, createUser), 'IncompleteSignature', 400);
  });
});

describe('awsJson input', () => {
  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['text', '"x"'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a number for a string', '{"repositoryName":1}'],
    ['a list for a string', '{"repositoryName":["x"]}'],
    ['a structure for a string', '{"repositoryName":{"x":1}}'],
    ['a boolean for a string', '{"repositoryName":true}'],
    ['a list for a map', '{"repositoryName":"x","tags":[]}'],
    ['a number in a map', '{"repositoryName":"x","tags":{"a":1}}'],
    ['null in a map', '{"repositoryName":"x","tags":{"a":null}}'],
    ['U+0000', '{"repositoryName":"x","repositoryDescription":"\\u0000"}'],
    ['half a surrogate pair', '{"repositoryName":"x","repositoryDescription":"\\ud800"}'],
    ['deep nesting', '['.repeat(4_000_000)],
    ['deep nesting in a known member', `{"repositoryName":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
  ])('refuses %s', async (_, body) => {
    await expectJson(await json({ body }), 'SerializationException');
    expect(endpoint.seen.calls).toEqual([]);
  });

  it('refuses bytes that are not base64 and numbers that are no integers', async () => {
    const file = (content: string) =>
      json({ headers: target('CodeCommit_20150413.PutFile'), body: `{"fileContent":${content}}` });
    for (const content of ['"a"', '"a==="', '"a-_="', '1', '"Zm9v\\n"']) {
      await expectJson(await file(content), 'SerializationException');
    }
  });

  it('ignores members that it does not know, however deep, and null', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const body = `{"repositoryName":"x","repositoryDescription":null,"other":${deep},"__proto__":{"tags":{}}}`;
    expect((await json({ body })).status).toBe(200);
    expect(endpoint.seen.inputs).toEqual([{ repositoryName: 'x' }]);
  });

  it('keeps map keys that mean something to JavaScript', async () => {
    const body = '{"repositoryName":"x","tags":{"__proto__":"a","constructor":"b"}}';
    expect((await json({ body })).status).toBe(200);
    const [input] = endpoint.seen.inputs as { tags: object }[];
    expect(Object.entries(input?.tags ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('takes no body as no members', async () => {
    await expectJson(await json({ body: '' }), 'RepositoryNameRequiredException');
  });
});

describe('awsQuery input', () => {
  it.each([
    ['a bad escape', `${createUser}&Path=%zz`, 'MalformedQueryString'],
    ['bytes that are not UTF-8', `${createUser}&Path=%ff`, 'MalformedQueryString'],
    ['a parameter twice', `${createUser}&UserName=john`, 'MalformedQueryString'],
    ['an action twice', `${createUser}&Action=DeleteUser`, 'MalformedQueryString'],
    ['a million parameters', `${createUser}&${'a&'.repeat(1_000_000)}`, 'MalformedQueryString'],
    ['a list in place of a string', `${createUser}&Path.member.1=a`, 'MalformedInput'],
    ['a string in place of a list', `${createUser}&Tags=a`, 'MalformedInput'],
    ['a string in place of an item', `${createUser}&Tags.member=a`, 'MalformedInput'],
    ['an index that is no number', `${createUser}&Tags.member.x.Key=a`, 'MalformedInput'],
    ['an index of 0', `${createUser}&Tags.member.0.Key=a`, 'MalformedInput'],
    ['U+0000', `${createUser}&Path=%00`, 'MalformedInput'],
    ['words for a number', 'Action=ListUsers&Version=2010-05-08&MaxItems=many', 'MalformedInput'],
    ['a fraction for a number', 'Action=ListUsers&Version=2010-05-08&MaxItems=1.5', 'MalformedInput'],
  ])('refuses %s', async (_, body, code) => {
    await expectXml(await query({ body }), code, 400);
    expect(endpoint.seen.calls).toEqual([]);
  });

  it('takes list items in the order of their numbers, with gaps', async () => {
    const tags = 'Tags.member.10.Key=b&Tags.member.10.Value=2&Tags.member.2.Key=a&Tags.member.2.Value=1';
    expect((await query({ body: `${createUser}&${tags}` })).status).toBe(200);
    expect(endpoint.seen.inputs).toEqual([
      {
        UserName: 'jane',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      },
    ]);
  });

  it('ignores parameters that it does not know, however deep', async () => {
    const body = `${createUser}&Other.member.1=a&${'a.'.repeat(500_000)}=1&UserName.${'x.'.repeat(500_000)}=1`;
    expect((await query({ body })).status).toBe(200);
  });
});

describe('size', () => {
  const padding = (size: number) => ({ body: `{"repositoryName":"x","other":"${'x'.repeat(size)}"}` });

  it('takes 12 MB and refuses a byte more, with an answer that arrives', async () => {
    const overhead = padding(0).body.length;
    expect((await json(padding(12_582_912 - overhead))).status).toBe(200);
    const message = await expectJson(await json(padding(12_582_913 - overhead)), 'RequestEntityTooLargeException', 413);
    expect(message).toBe('The request is larger than the 12582912 bytes allowed.');
    await expectJson(await json(padding(32_000_000)), 'RequestEntityTooLargeException', 413);
    await expectXml(await query({ body: 'x'.repeat(13_000_000) }), 'RequestEntityTooLarge', 413);
  });

  it('gives up on a sender that never ends', async () => {
    const { hostname, port } = new URL(endpoint.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 'x'), Buffer.from('\r\n')]);
    const feed = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', feed);
    feed();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received === '' || received.startsWith('HTTP/1.1 413')).toBe(true);
    expect((await json()).status).toBe(200);
  });

  it('outlives a sender that breaks off, and does not log it', async () => {
    const { hostname, port } = new URL(endpoint.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
    expect((await json()).status).toBe(200);
    expect(endpoint.seen.log).toEqual([]);
  });
});

describe('failures of our own', () => {
  it('say nothing of their cause to the caller, and all to the log', async () => {
    const message = await expectJson(await json({ body: '{"repositoryName":"broken"}' }), 'InternalFailure', 500);
    expect(message).not.toContain('the cause');
    await expectXml(await query({ body: createUser.replace('jane', 'broken') }), 'InternalFailure', 500, 'Receiver');
    expect(endpoint.seen.log).toHaveLength(2);
    expect(endpoint.seen.log[0]).toContain('the cause');
    expect(endpoint.seen.log[0]).toContain('"operation":"codecommit:CreateRepository"');
  });

  it('reads a body whatever its content type says', async () => {
    const post = { method: 'POST', headers: { 'content-type': ';;' }, body: 'x' };
    await expectXml(await fetch(endpoint.url, post), 'MissingAction', 400);
  });

  it('never repeats a secret in a refusal', async () => {
    const body = await (await query({ body: `${createUser}x&Tags=${encodeURIComponent(secretAccessKey)}` })).text();
    expect(body).not.toContain(secretAccessKey);
  });
});

describe('whatever is sent', () => {
  const jsonValue = fc.json({ maxDepth: 6 });
  const member = fc.constantFrom('repositoryName', 'tags', 'repositoryDescription', 'kmsKeyId', '__proto__', 'x');
  const jsonBody = fc.oneof(
    jsonValue,
    fc.string(),
    fc.dictionary(member, fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value)),
  );
  const name = fc.oneof(
    fc.constantFrom('UserName', 'Path', 'Tags', 'Tags.member.1.Key', 'Tags.member.1.Value', 'Tags.member', 'MaxItems'),
    fc
      .array(fc.constantFrom('Tags', 'member', '1', 'Key', 'entry', '', '__proto__', '-1'))
      .map((parts) => parts.join('.')),
  );
  const pair = fc.tuple(
    name,
    fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const formBody = fc
    .array(pair)
    .map((pairs) => `Action=CreateUser&Version=2010-05-08&${pairs.map((each) => each.join('=')).join('&')}`);

  it('awsJson answers 200 or 400', async () => {
    await fc.assert(
      fc.asyncProperty(jsonBody, async (body) => {
        expect([200, 400]).toContain((await json({ body })).status);
      }),
      { numRuns: 150 },
    );
    expect(endpoint.seen.log).toEqual([]);
  });

  it('awsQuery answers 200 or 400', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(formBody, fc.string()), async (body) => {
        expect([200, 400]).toContain((await query({ body })).status);
      }),
      { numRuns: 150 },
    );
    expect(endpoint.seen.log).toEqual([]);
  });
});
