import { createHmac, hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GitSignature,
  isGitSignatureCurrent,
  matchesGitSignature,
  readGitSignature,
  type SignedGitRequest,
} from './git-signature.ts';

const accessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const HOST = 'git-codecommit.us-east-1.amazonaws.com';
const PATH = '/v1/repos/MyDemoRepo';
const TIME = '20250102T030405';

/** The rule as the reference states it, written out once more. */
function sign({ host = HOST, path = PATH, region = 'us-east-1', time = TIME, secret = accessKey.secretAccessKey }) {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const date = time.slice(0, 8);
  const canonical = `GIT\n${path}\n\nhost:${host}\n\nhost\n`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${date}/${region}/codecommit/aws4_request\n${hash('sha256', canonical)}`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 'codecommit'), 'aws4_request');
  return hmac(key, toSign).toString('hex');
}

function signatureOf(userName: string, password: string): GitSignature {
  const signature = readGitSignature(userName, password);
  if (signature === undefined) throw new Error('no signature');
  return signature;
}

function matches(signature: string, request: Partial<SignedGitRequest> = {}, time = TIME): boolean {
  return matchesGitSignature(signatureOf(accessKey.accessKeyId, `${time}Z${signature}`), accessKey, {
    hosts: [HOST],
    path: `${PATH}/info/refs`,
    region: 'us-east-1',
    ...request,
  });
}

describe('the signature', () => {
  it('is the one of the published tools', () => {
    const vector = 'd52c7a1d86413bbeb9b00c0a30bbaf536a867c3d137fcfbc382057caf1704a62';
    expect(sign({})).toBe(vector);
    expect(matches(vector)).toBe(true);
  });

  it.each([
    ['info/refs', `${PATH}/info/refs`],
    ['a service', `${PATH}/git-receive-pack`],
    ['the repository itself', PATH],
    ['.git', `${PATH}.git/info/refs`],
    ['a name with .git', `${PATH}.git/git-upload-pack`],
    ['LFS', `${PATH}.git/info/lfs/objects/batch`],
  ])('over the repository serves requests for %s', (_, path) => {
    for (const signed of [
      PATH,
      `${PATH}/`,
      `${PATH}.git`,
      `${PATH}.git/`,
      PATH.slice(1),
      `${PATH}/`.slice(1),
      `/${PATH}`,
      `/${PATH}.git`,
    ]) {
      expect(matches(sign({ path: signed }), { path }), signed).toBe(true);
    }
  });

  it.each(['info/lfs', 'info/lfs/', 'info/lfs/objects/batch', 'info/lfs/locks/verify'])('over %s', (resource) => {
    for (const repository of [PATH, `${PATH}.git`]) {
      const signature = sign({ path: `${repository}/${resource}` });
      const deeper = resource.replace(/\/$/, '');
      expect(matches(signature, { path: `${PATH}.git/${deeper}` })).toBe(true);
      expect(matches(signature, { path: `${PATH}/${deeper}/` })).toBe(true);
      expect(matches(signature, { path: `${PATH}/info/refs` })).toBe(false);
      expect(matches(signature, { path: `${PATH}2/${deeper}` })).toBe(false);
    }
  });

  it('over the LFS endpoint serves everything below it, and no other repository', () => {
    const signature = sign({ path: `${PATH}.git/info/lfs` });
    expect(matches(signature, { path: `${PATH}.git/info/lfs/objects/batch` })).toBe(true);
    expect(matches(signature, { path: '/v1/repos/Other.git/info/lfs/objects/batch' })).toBe(false);
    expect(matches(sign({ path: `${PATH}/info/lfs/locks` }), { path: `${PATH}/info/lfs/objects/batch` })).toBe(false);
  });

  it.each([
    ['localhost:8443', 'localhost:8443'],
    ['localhost:8443', 'localhost'],
    ['localhost', 'localhost'],
    ['localhost', 'localhost:443'],
    ['LocalHost:8443', 'LocalHost'],
    ['LocalHost:8443', 'localhost:8443'],
    ['[::1]:8443', '[::1]:8443'],
    // What is left of it by the credential helper.
    ['[::1]:8443', '['],
    ['127.0.0.1:8080', '127.0.0.1'],
  ])('for the host %s may be made for %s', (host, signed) => {
    expect(matches(sign({ host: signed }), { hosts: [host] })).toBe(true);
  });

  it('may be made for any of several names of the host', () => {
    expect(matches(sign({ host: 'other' }), { hosts: ['first', 'other:8443'] })).toBe(true);
  });
});

describe('no signature', () => {
  it.each<[string, string, Partial<SignedGitRequest>]>([
    ['for another host', sign({ host: 'evil.example.com' }), {}],
    ['for another port', sign({ host: 'localhost:1' }), { hosts: ['localhost:2'] }],
    ['for a port where none is', sign({ host: `${HOST}:8443` }), {}],
    ['for another Region', sign({ region: 'us-west-2' }), {}],
    ['for another repository', sign({ path: '/v1/repos/Other' }), {}],
    ['for a repository in other letters', sign({ path: '/v1/repos/mydemorepo' }), {}],
    ['for the folder of repositories', sign({ path: '/v1/repos/' }), {}],
    ['for one service only', sign({ path: `${PATH}/info/refs` }), {}],
    ['for a path above repositories', sign({ path: '/' }), { path: '/' }],
    ['for nothing', sign({ path: '' }), { path: '' }],
    ['by another secret', sign({ secret: 'another' }), {}],
    ['of another time', sign({ time: '20250102T030406' }), {}],
    ['of zeros', '0'.repeat(64), {}],
    ['without hosts', sign({}), { hosts: [] }],
  ])('%s is accepted', (_, signature, request) => {
    expect(matches(signature, request)).toBe(false);
  });

  it('with one bit changed is accepted', () => {
    const signature = Buffer.from(sign({}), 'hex');
    fc.assert(
      fc.property(fc.nat(255), (position) => {
        const changed = Buffer.from(signature);
        changed[position >> 3] = (changed[position >> 3] ?? 0) ^ (1 << (position & 7));
        return !matches(changed.toString('hex'));
      }),
      { numRuns: 50 },
    );
  });
});

it('matches exactly what was signed, for any repository, host, port and Region', () => {
  const name = fc.stringMatching(/^[\w-][\w.-]{0,20}[\w-]$/).filter((each) => !each.endsWith('.git'));
  const host = fc.domain();
  const region = fc.constantFrom('us-east-1', 'eu-west-3', 'ap-southeast-4');
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }));
  fc.assert(
    fc.property(name, host, port, region, fc.boolean(), name, (repository, domain, number, where, full, other) => {
      const received = number === null ? domain : `${domain}:${number}`;
      const signature = sign({ host: full ? received : domain, path: `/v1/repos/${repository}`, region: where });
      const request = { hosts: [received], path: `/v1/repos/${repository}/git-upload-pack`, region: where };
      expect(matches(signature, request)).toBe(true);
      expect(matches(signature, { ...request, path: `/v1/repos/${other}/git-upload-pack` })).toBe(other === repository);
      expect(matches(signature, { ...request, hosts: [`x${received}`] })).toBe(false);
      expect(matches(signature, { ...request, region: 'us-west-1' })).toBe(false);
    }),
    { numRuns: 50 },
  );
});

describe('reading user name and password', () => {
  const password = `${TIME}Z${'a'.repeat(64)}`;

  it('finds an access key without a session token', () => {
    expect(readGitSignature('AKIAIOSFODNN7EXAMPLE', password)).toEqual({
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      sessionToken: undefined,
      timestamp: `${TIME}Z`,
      signature: 'a'.repeat(64),
    });
  });

  it.each([
    ['as the credential helper writes it', 'ASIAIOSFODNN7EXAMPLE%ab/c+d=='],
    ['percent-encoded', 'ASIAIOSFODNN7EXAMPLE%25ab%2Fc%2Bd%3D%3D'],
    ['with an encoded percent sign alone', 'ASIAIOSFODNN7EXAMPLE%25ab/c+d=='],
    ['with an encoded token alone', 'ASIAIOSFODNN7EXAMPLE%ab%2fc%2bd%3d%3d'],
  ])('finds a session token %s', (_, userName) => {
    expect(readGitSignature(userName, password)).toMatchObject({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionToken: 'ab/c+d==',
    });
  });

  it('keeps what cannot be decoded', () => {
    expect(readGitSignature('ASIAIOSFODNN7EXAMPLE%a%zz', password)?.sessionToken).toBe('a%zz');
  });

  it('tells an empty session token from none', () => {
    expect(readGitSignature('ASIAIOSFODNN7EXAMPLE%', password)?.sessionToken).toBe('');
  });

  it.each([
    ['a Git credential', 'ana-at-111122223333', password],
    ['the password of a Git credential', 'AKIAIOSFODNN7EXAMPLE', 'XoylBLSYVE6nMhyn2ePmK5cdAfkRhHxK8mJUbgu5Bis='],
    ['a short signature', 'AKIAIOSFODNN7EXAMPLE', password.slice(1)],
    ['more after the signature', 'AKIAIOSFODNN7EXAMPLE', `${password}a`],
    ['a line after the signature', 'AKIAIOSFODNN7EXAMPLE', `${password}\n`],
    ['capitals', 'AKIAIOSFODNN7EXAMPLE', password.toUpperCase()],
    ['no Z', 'AKIAIOSFODNN7EXAMPLE', password.replace('Z', '')],
    ['a short key', 'AKIA', password],
    ['a key of other characters', 'AKIAIOSFODNN7EXAMPL/', password],
    ['an empty user name', '', password],
    ['an empty password', 'AKIAIOSFODNN7EXAMPLE', ''],
  ])('finds no signature in %s', (_, userName, secret) => {
    expect(readGitSignature(userName, secret)).toBeUndefined();
  });

  it('never fails', () => {
    const piece = fc.constantFrom('AKIAIOSFODNN7EXAMPLE', '%', '%25', '%2', 'Z', TIME, 'a'.repeat(64), '\u0000', 'é');
    const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 5 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, text, (userName, secret) => void readGitSignature(userName, secret)));
  });
});

describe('the time of a signature', () => {
  const at = (timestamp: string) => signatureOf('AKIAIOSFODNN7EXAMPLE', `${timestamp}Z${'a'.repeat(64)}`);
  const now = new Date('2025-01-02T03:04:05Z');

  it.each(['20250102T030405', '20250102T024905', '20250102T031905'])('%s is within 15 minutes of now', (timestamp) => {
    expect(isGitSignatureCurrent(at(timestamp), now)).toBe(true);
  });

  it.each(['20250102T024904', '20250102T031906', '20240102T030405', '20250231T030405', '99999999T999999'])(
    '%s is not',
    (timestamp) => {
      expect(isGitSignatureCurrent(at(timestamp), now)).toBe(false);
    },
  );
});
