import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { type SessionClaims, SessionTokens } from './session-tokens.ts';

function tokensUnder(byte: number): SessionTokens {
  const rootKey = RootKey.fromBase64(Buffer.alloc(32, byte).toString('base64'));
  return new SessionTokens(new Sealer(rootKey), rootKey);
}

const claims: Omit<SessionClaims, 'accessKeyId'> = {
  accountId: '111122223333',
  subject: { kind: 'assumed-role', roleId: 'AROAEXAMPLE', sessionName: 'build' },
  issuedAt: 1_000,
  expiresAt: 901_000,
  policy: '{"Version":"2012-10-17","Statement":[]}',
  policyArns: ['arn:aws:iam::aws:policy/AWSCodeCommitReadOnly'],
  tags: { team: 'größer' },
  transitiveTagKeys: ['team'],
  sourceIdentity: 'ana',
};

describe('session tokens', () => {
  it('give back their claims, on any node with the same root key', async () => {
    const issued = await tokensUnder(1).issue(claims);
    expect(issued.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(issued.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(issued.expiration).toEqual(new Date(901_000));
    const elsewhere = tokensUnder(1);
    expect(await elsewhere.open(issued.sessionToken)).toEqual({ ...claims, accessKeyId: issued.accessKeyId });
    expect(elsewhere.secretAccessKey(issued.accessKeyId)).toBe(issued.secretAccessKey);
  });

  it('are made of characters that need no escaping in URLs, and start with a letter', async () => {
    expect((await tokensUnder(1).issue(claims)).sessionToken).toMatch(/^ckst_[\w-]+$/);
  });

  it('differ, and so do their keys and secrets', async () => {
    const tokens = tokensUnder(1);
    const issued = await Promise.all(Array.from({ length: 20 }, () => tokens.issue(claims)));
    for (const member of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
      expect(new Set(issued.map((each) => each[member])).size).toBe(20);
    }
  });

  it('show nothing of their claims', async () => {
    const { sessionToken } = await tokensUnder(1).issue({ ...claims, policy: 'x'.repeat(2000) });
    const bytes = Buffer.from(sessionToken.replace('ckst_', ''), 'base64url').toString('latin1');
    for (const text of ['AROAEXAMPLE', 'build', 'xxxx', '111122223333']) expect(bytes).not.toContain(text);
  });

  it('hold a long policy and many tags within the size of a header', async () => {
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, `value-${index}`]));
    const tokens = tokensUnder(1);
    const issued = await tokens.issue({ ...claims, policy: JSON.stringify({ Sid: 'a'.repeat(2000) }), tags });
    expect(issued.sessionToken.length).toBeLessThan(6_000);
    expect((await tokens.open(issued.sessionToken))?.tags).toEqual(tags);
  });
});

describe('no claims', () => {
  it('come out of a token of another installation', async () => {
    const { sessionToken, accessKeyId, secretAccessKey } = await tokensUnder(1).issue(claims);
    const other = tokensUnder(2);
    expect(await other.open(sessionToken)).toBeUndefined();
    expect(other.secretAccessKey(accessKeyId)).not.toBe(secretAccessKey);
  });

  it('come out of a token with one character changed, more or fewer', async () => {
    const tokens = tokensUnder(1);
    const { sessionToken } = await tokens.issue(claims);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sessionToken.length - 1),
        fc.constantFrom('', 'A', 'b', '_', '-', '=', '%', ' ', '\n'),
        async (position, replacement) => {
          fc.pre(sessionToken[position] !== replacement);
          const changed = sessionToken.slice(0, position) + replacement + sessionToken.slice(position + 1);
          expect(await tokens.open(changed)).toBeUndefined();
          expect(await tokens.open(sessionToken.slice(0, position) + replacement)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
    for (const changed of [`${sessionToken}A`, `${sessionToken}=`, ` ${sessionToken}`, `${sessionToken},`]) {
      expect(await tokens.open(changed)).toBeUndefined();
    }
  });

  it.each(['', 'ckst_', 'ckst_AAAA', 'CKST_', 'FwoGZXIvYXdzEBYaDG', `ckst_${'A'.repeat(1_000_000)}`])(
    'come out of other text',
    async (text) => {
      expect(await tokensUnder(1).open(text)).toBeUndefined();
    },
  );

  it('come out of another secret sealed under the same root key', async () => {
    const rootKey = RootKey.fromBase64(Buffer.alloc(32, 1).toString('base64'));
    const sealed = await new Sealer(rootKey).seal(Buffer.from('{}'), { purpose: 'secret-access-key' });
    expect(await tokensUnder(1).open(`ckst_${sealed.toString('base64url')}`)).toBeUndefined();
  });
});
