import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SealedMessageError } from './messages.ts';
import { RootKey } from './root-key.ts';
import { Sealer } from './sealing.ts';

const sealer = new Sealer(RootKey.fromBase64(randomBytes(32).toString('base64')));
const context = { purpose: 'access-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };

describe('sealing', () => {
  it('gives back what was sealed, under the same context', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.dictionary(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !name.startsWith('aws-crypto')),
          fc.string({ minLength: 1, unit: 'grapheme' }),
          { maxKeys: 5 },
        ),
        async (secret, anyContext) => {
          const sealed = await sealer.seal(secret, anyContext);
          expect(await sealer.unseal(sealed, anyContext)).toEqual(Buffer.from(secret));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('opens for another sealer of the same root key only', async () => {
    const key = randomBytes(32).toString('base64');
    const sealed = await new Sealer(RootKey.fromBase64(key)).seal(Buffer.from('secret'), context);
    expect((await new Sealer(RootKey.fromBase64(key)).unseal(sealed, context)).toString()).toBe('secret');
    await expect(sealer.unseal(sealed, context)).rejects.toThrow(SealedMessageError);
  });

  it('hides the secret, and the same secret looks different each time', async () => {
    const secret = randomBytes(40);
    const [first, second] = await Promise.all([sealer.seal(secret, context), sealer.seal(secret, context)]);
    expect(first.includes(secret)).toBe(false);
    expect(first.equals(second)).toBe(false);
  });

  it('leaves the bytes of the caller as they were', async () => {
    const secret = randomBytes(40);
    const copy = Buffer.from(secret);
    const sealed = await sealer.seal(secret, context);
    const sealedCopy = Buffer.from(sealed);
    await sealer.unseal(sealed, context);
    expect(secret.equals(copy)).toBe(true);
    expect(sealed.equals(sealedCopy)).toBe(true);
  });

  it.each([
    { ...context, accessKeyId: 'AKIAI44QH8DHBEXAMPLE' },
    { purpose: 'access-key' },
    { ...context, extra: '1' },
    {},
  ])('does not open under another context: %j', async (other) => {
    const sealed = await sealer.seal(Buffer.from('secret'), context);
    await expect(sealer.unseal(sealed, other as typeof context)).rejects.toThrow(
      'belongs to another encryption context',
    );
  });

  it('does not open when one bit was altered, a byte cut off or one added', async () => {
    const sealed = await sealer.seal(Buffer.from('secret'), context);
    for (let position = 0; position < sealed.length; position += 1) {
      const altered = Buffer.from(sealed);
      altered[position] = (altered[position] ?? 0) ^ (1 << (position % 8));
      await expect(sealer.unseal(altered, context), `byte ${position}`).rejects.toThrow(SealedMessageError);
    }
    await expect(sealer.unseal(sealed.subarray(0, -1), context)).rejects.toThrow(SealedMessageError);
    await expect(sealer.unseal(Buffer.concat([sealed, Buffer.from([0])]), context)).rejects.toThrow(SealedMessageError);
    await expect(sealer.unseal(Buffer.alloc(0), context)).rejects.toThrow(SealedMessageError);
  });

  it('keeps the secret out of the error', async () => {
    const sealed = await sealer.seal(Buffer.from('wJalrXUtnFEMI'), context);
    const error = await sealer.unseal(sealed, {}).catch((e: unknown) => e);
    expect(String(error)).not.toContain('wJalrXUtnFEMI');
  });
});
