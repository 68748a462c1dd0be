import { generate } from 'lean-qr';
import { toPngBuffer } from 'lean-qr/extras/node_export';

interface Enrolment {
  readonly deviceName: string;
  readonly accountId: string;
  /** Base32. */
  readonly secret: string;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_A_CHARACTER = 5;
const ISSUER = 'Codekeep';
/** Pixels for each module of the code, and modules of white around it: ISO/IEC 18004 asks for four. */
const SCALE = 4;
const QUIET_ZONE = 4;
const BLACK = [0, 0, 0, 255] as const;
const WHITE = [255, 255, 255, 255] as const;

/** RFC 4648, section 6, of bytes in a multiple of five: no padding. */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(new RegExp(`.{${BITS_A_CHARACTER}}`, 'g')) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group, 2)]).join('');
}

/**
 * A PNG image that authenticator apps scan: `otpauth://totp/DEVICE@ACCOUNT?secret=…`, the form that the IAM API Reference
 * gives of VirtualMFADevice, with the issuer that the apps show.
 */
export function enrolmentQrCode({ deviceName, accountId, secret }: Enrolment): Buffer {
  const label = encodeURIComponent(`${deviceName}@${accountId}`);
  const code = generate(`otpauth://totp/${label}?secret=${secret}&issuer=${ISSUER}`);
  return Buffer.from(toPngBuffer(code, { scale: SCALE, pad: QUIET_ZONE, on: BLACK, off: WHITE }));
}
