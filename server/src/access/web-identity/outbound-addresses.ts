import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';

/** Not of the public Internet: IANA's special-purpose address registries. */
const SPECIAL_PURPOSE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All that is not 2000::/3, and of that the ranges that lead to IPv4 or are for documents. */
const SPECIAL_PURPOSE_V6 = ['::/3', '4000::/2', '8000::/1', '2001::/32', '2001:db8::/32', '2002::/16'];

// One list for each version: to BlockList, an IPv4 address is one of ::ffff:0:0/96 too.
const specialPurpose = { ipv4: blockList('ipv4', SPECIAL_PURPOSE), ipv6: blockList('ipv6', SPECIAL_PURPOSE_V6) };

/** A host that is asked for leads to this machine or its network. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  constructor() {
    super('The host has an address that is not of the public Internet');
  }
}

/** Of an IP address as text. */
export function isPublicAddress(address: string): boolean {
  const version = isIPv4(address) ? 'ipv4' : 'ipv6';
  return !specialPurpose[version].check(address, version);
}

/** @throws PrivateAddressError for a host that is an address, which is never looked up */
export function refusePrivateHost(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw new PrivateAddressError();
}

/** Looks a host up for a connection, which then goes to none but the addresses that were checked. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    const [first] = found ?? [];
    if (error !== null || first === undefined) callback(error, []);
    else if (!found.every(({ address }) => isPublicAddress(address))) callback(new PrivateAddressError(), []);
    else if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

function blockList(version: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', length] = range.split('/');
    list.addSubnet(network, Number(length), version);
  }
  return list;
}
