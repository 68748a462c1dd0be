import { RequestError } from './request-error.ts';

/**
 * Text that every storage and answer can hold.
 *
 * @throws RequestError `wrongType` for halves of surrogate pairs and for U+0000, which PostgreSQL and XML cannot hold
 */
export function checkedText(text: string, path: string): string {
  if (text.includes('\u0000') || !text.isWellFormed()) {
    throw new RequestError('wrongType', `The value of ${path} is not valid text.`);
  }
  return text;
}

/** The bytes of padded base64 in the standard alphabet. */
export function bytesOfBase64(text: string, path: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(text)) {
    throw new RequestError('wrongType', `The value of ${path} is not valid base64.`);
  }
  return Buffer.from(text, 'base64');
}

/** Milliseconds since the epoch to a date; JavaScript has none beyond 8.64e15. */
export function checkedDate(milliseconds: number, path: string): Date {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime()))
    throw new RequestError('wrongType', `The value of ${path} is not a valid timestamp.`);
  return date;
}
