import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../service-error.ts';
import { parseSshPublicKey, pemOfLine } from './ssh-key-formats.ts';
import { ed25519Line } from './test-keys.ts';

describe('SSH public key formats', () => {
  it('refuse whatever is no key with an IAM error, and nothing else goes wrong', () => {
    const [type = '', base64 = ''] = ed25519Line().split(' ');
    const original = Buffer.from(base64, 'base64');
    const types = fc.constantFrom(type, 'ssh-rsa', 'ecdsa-sha2-nistp256');
    const changed = fc
      .array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1 })
      .map((changes) =>
        changes.reduce((blob, [position, byte]) => blob.with(position, byte), Uint8Array.from(original)),
      );
    fc.assert(
      fc.property(types, fc.oneof(changed, fc.uint8Array()), (claimed, blob) => {
        const line = `${claimed} ${Buffer.from(blob).toString('base64')}`;
        try {
          const parsed = parseSshPublicKey(line);
          expect(parsed.line).toBe(line);
          expect(parseSshPublicKey(pemOfLine(parsed.line))).toEqual(parsed);
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keep the comment and leave out what stands around the key', () => {
    const line = ed25519Line();
    expect(parseSshPublicKey(`\n  ${line.replace(' ', '   ')}   me at home  \r\n`).line).toBe(`${line} me at home`);
  });
});
