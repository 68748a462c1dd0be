import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds for which a device shows one code: RFC 6238, section 5.2. */
const STEP_SECONDS = 30;
const DIGITS = 6;

/** The number of the 30 seconds since the epoch that a moment lies in. */
export function stepOf(time: Date): number {
  return Math.floor(time.getTime() / 1000 / STEP_SECONDS);
}

/**
 * The code of six digits that a device with this seed shows in a step.
 *
 * Source: RFC 6238 (TOTP) with HMAC-SHA-1, as authenticator apps and AWS's virtual devices have it, on RFC 4226, section 5.3.
 */
export function oneTimePassword(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const truncated = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(truncated % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The first of the steps from `first` to `last` in which a device shows these codes, one after another; undefined where
 * there is none. Takes the same time whichever it is.
 *
 * @param codes of as many consecutive steps
 */
export function findStep(seed: Uint8Array, codes: readonly string[], first: number, last: number): number | undefined {
  const claimed = Buffer.from(codes.join(' '));
  let found: number | undefined;
  for (let step = last; step >= first; step--) {
    const expected = Buffer.from(codes.map((_code, index) => oneTimePassword(seed, step + index)).join(' '));
    if (claimed.length === expected.length && timingSafeEqual(claimed, expected)) found = step;
  }
  return found;
}
