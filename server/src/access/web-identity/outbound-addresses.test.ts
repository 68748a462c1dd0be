import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, lookupPublic, PrivateAddressError, refusePrivateHost } from './outbound-addresses.ts';
import { ProviderKeys, ProviderKeysError } from './provider-keys.ts';

describe('a public address', () => {
  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    'is %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:10.0.0.1', '::ffff:7f00:1'],
    ...['64:ff9b::a00:1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'ff02::1', '2002:a00:1::', '2001:db8::1'],
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a host that leads to this machine or its network', () => {
  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1'])('is refused as the address %s', (host) => {
    expect(() => refusePrivateHost(host)).toThrow(PrivateAddressError);
  });

  it('is refused by the addresses of its name', async () => {
    const lookup = promisify(lookupPublic);
    for (const all of [true, false]) {
      await expect(lookup('localhost', { all })).rejects.toThrow(PrivateAddressError);
    }
  });

  it.each(['localhost:1', '127.0.0.1:1', '2130706433:1', '0x7f.1:1'])('is not asked for keys: %s', async (url) => {
    const keys = new ProviderKeys(false).of({ url, thumbprints: [] });
    await expect(keys).rejects.toThrow(ProviderKeysError);
    await expect(keys).rejects.toMatchObject({ cause: { name: 'PrivateAddressError' } });
  });
});
