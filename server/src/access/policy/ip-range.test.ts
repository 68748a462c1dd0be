import { describe, expect, it } from 'vitest';
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts';

function contains(rangeText: string, addressText: string): boolean | undefined {
  const range = parseIpRange(rangeText);
  const address = parseIpAddress(addressText);
  return range && address && isInRange(address, range);
}

describe('isInRange', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['10.0.0.0/9', '10.127.255.255', true],
    ['10.0.0.0/9', '10.128.0.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
    ['::1/128', '::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['::ffff:203.0.113.0/120', '203.0.113.9', true],
    ['::ffff:203.0.113.0/120', '203.0.114.9', false],
    ['::/0', '203.0.113.9', false],
    ['0.0.0.0/0', '2001:db8::1', false],
  ])('%s holds %s: %s', (range, address, expected) => {
    expect(contains(range, address)).toBe(expected);
  });

  it.each(['', 'home', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/24/8', '::1/129', '1.2.3.4/x', '*'])(
    'refuses %j as a range',
    (text) => {
      expect(parseIpRange(text)).toBeUndefined();
    },
  );

  it.each(['', 'localhost', '1.2.3.4/32', '256.1.1.1'])('refuses %j as an address', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});
