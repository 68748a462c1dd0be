import { describe, expect, it, vi } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('console passwords', () => {
  it('verify against their own hash alone', async () => {
    const hash = await hashPassword('Pässword-1');
    expect(await verifyPassword('Pässword-1', hash)).toBe(true);
    for (const wrong of ['', 'Pässword-2', 'pässword-1', 'Pässword-1 ']) {
      expect(await verifyPassword(wrong, hash)).toBe(false);
    }
  });

  it('are hashed with a salt and parameters that are kept, without the password', async () => {
    // The module as the server loads it, without the lower cost of tests.
    vi.resetModules();
    const { hashPassword } = await import('./passwords.ts');
    const [one, two] = await Promise.all([hashPassword('Password-1'), hashPassword('Password-1')]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^\$scrypt\$N=32768,r=8,p=1\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
  });

  it('verify against hashes of other parameters', async () => {
    // RFC 7914, section 12.
    const vector =
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640';
    const salt = Buffer.from('NaCl').toString('base64');
    const hash = `$scrypt$N=1024,r=8,p=16$${salt}$${Buffer.from(vector, 'hex').toString('base64')}`;
    expect(await verifyPassword('password', hash)).toBe(true);
    expect(await verifyPassword('passwore', hash)).toBe(false);
  });

  it('report a stored hash that cannot be read', async () => {
    await expect(verifyPassword('Password-1', 'Password-1')).rejects.toThrow('malformed');
  });
});
