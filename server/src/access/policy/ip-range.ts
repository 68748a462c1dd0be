import { isIPv4, isIPv6 } from 'node:net';

/** An address as bytes: 4 for IPv4, also when it came mapped into IPv6 (`::ffff:192.0.2.1`), 16 for IPv6. */
export type IpAddress = readonly number[];

export interface IpRange {
  readonly address: IpAddress;
  /** Leading bits that an address of the range shares with it. */
  readonly prefixLength: number;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const mappedPrefixBits = mappedPrefix.length * 8;

export function parseIpAddress(text: string): IpAddress | undefined {
  const bytes = parseBytes(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(mappedPrefix.length) : bytes;
}

const SUBSCRIBER_BYTES = 8;

/** Names an IPv4 address, or the /64 network of an IPv6 address: the least that one subscriber has of them. */
export function subscriberNetwork(address: string): string {
  return parseIpAddress(address)?.slice(0, SUBSCRIBER_BYTES).join('.') ?? '';
}

/** An address or a CIDR block. Bits after the prefix do not count, as on AWS. */
export function parseIpRange(text: string): IpRange | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const bytes = parseBytes(addressText);
  if (bytes === undefined || rest.length > 0) return undefined;
  const bits = bytes.length * 8;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  if (prefixLength > bits) return undefined;
  return isMapped(bytes) && prefixLength >= mappedPrefixBits
    ? { address: bytes.slice(mappedPrefix.length), prefixLength: prefixLength - mappedPrefixBits }
    : { address: bytes, prefixLength };
}

/** False for an address of the other IP version: `::/0` is no IPv4 address's range. */
export function isInRange(address: IpAddress, range: IpRange): boolean {
  if (address.length !== range.address.length) return false;
  const wholeBytes = range.prefixLength >> 3;
  for (let index = 0; index < wholeBytes; index++) {
    if (address[index] !== range.address[index]) return false;
  }
  const remainingBits = range.prefixLength & 7;
  if (remainingBits === 0) return true;
  const mask = (0xff << (8 - remainingBits)) & 0xff;
  return ((address[wholeBytes] ?? 0) & mask) === ((range.address[wholeBytes] ?? 0) & mask);
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.length === 16 && mappedPrefix.every((byte, index) => bytes[index] === byte);
}

function parseBytes(text: string): number[] | undefined {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (isIPv6(text)) return ipv6Bytes(text.split('%')[0] ?? '');
  return undefined;
}

function ipv6Bytes(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const before = groupBytes(head);
  if (tail === undefined) return before;
  const after = groupBytes(tail);
  return [...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after];
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
