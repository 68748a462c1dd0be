import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * What new hashes cost: OWASP's second recommendation for scrypt, 32 MiB and about a tenth of a second for each password.
 * No option or variable of the environment reaches it; tests lower it for themselves.
 */
export const passwordHashing = { cost: { N: 2 ** 15, r: 8, p: 1 } };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt needs 128·N·r bytes and a little more. */
const MEMORY_LIMIT = 64 * 1024 * 1024;
const FORM = /^\$scrypt\$N=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

/** Hashes a console password with a new salt: `$scrypt$N=…,r=…,p=…$SALT$HASH`, salt and hash in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { cost } = passwordHashing;
  const hash = await derive(password, salt, HASH_BYTES, cost);
  return `$scrypt$N=${cost.N},r=${cost.r},p=${cost.p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** True when `hash` was made of this password. The parameters are those in the hash, so that they can be raised later. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt, expected] = FORM.exec(hash) ?? [];
  if (salt === undefined || expected === undefined) throw new Error('The stored password hash is malformed');
  const expectedHash = Buffer.from(expected, 'base64');
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, 'base64'), expectedHash.length, parameters);
  return timingSafeEqual(actual, expectedHash);
}

function derive(password: string, salt: Buffer, length: number, parameters: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { ...parameters, maxmem: MEMORY_LIMIT }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
