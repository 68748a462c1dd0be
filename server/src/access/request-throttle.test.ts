import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from './principal.ts';
import { rootPrincipal } from './principals.ts';
import { RequestThrottle, ThrottledError } from './request-throttle.ts';

const ACCOUNT = '111122223333';
let now: number;
let throttle: RequestThrottle;
beforeEach(() => {
  now = 1_000_000;
  throttle = new RequestThrottle(2, () => now);
});

function principal(kind: Principal['kind'], userId: string, accountId = ACCOUNT): Principal {
  return { ...rootPrincipal(accountId), kind, userId };
}

/** How many are let through before one is refused, and after how many seconds it may come again. */
function drain(admit: () => void): readonly [admitted: number, retryAfterSeconds: number] {
  for (let admitted = 0; ; admitted++) {
    try {
      admit();
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      expect(error.message).toBe('Rate exceeded');
      return [admitted, error.retryAfterSeconds];
    }
  }
}

describe('a token bucket', () => {
  const ada = principal('user', 'AIDAADA');

  it('holds ten seconds of requests, and fills at the rate', () => {
    expect(drain(() => throttle.admit(ada))).toEqual([20, 1]);
    now += 499;
    expect(drain(() => throttle.admit(ada))).toEqual([0, 1]);
    now += 1;
    expect(drain(() => throttle.admit(ada))).toEqual([1, 1]);
    now += 3_600_000;
    expect(drain(() => throttle.admit(ada))).toEqual([20, 1]);
  });

  it('tells how long a slow one takes', () => {
    const slow = new RequestThrottle(0.1, () => now);
    expect(drain(() => slow.admit(ada))).toEqual([1, 10]);
  });

  it('is one for each user, role, account of federated users, root user and network', () => {
    const admitted = (each: Principal) => drain(() => throttle.admit(each))[0];
    expect(admitted(ada)).toBe(20);
    expect(admitted(principal('user', 'AIDAGRACE'))).toBe(20);
    expect(admitted(principal('assumed-role', 'AROAROLE:one'))).toBe(20);
    expect(admitted(principal('assumed-role', 'AROAROLE:two'))).toBe(0);
    expect(admitted(principal('federated-user', `${ACCOUNT}:one`))).toBe(20);
    expect(admitted(principal('federated-user', `${ACCOUNT}:two`))).toBe(0);
    expect(admitted(principal('federated-user', '444455556666:two', '444455556666'))).toBe(20);
    expect(admitted(rootPrincipal(ACCOUNT))).toBe(20);
    const stranger = (address: string) => drain(() => throttle.admitStranger(address))[0];
    expect(stranger('192.0.2.1')).toBe(20);
    expect(stranger('::ffff:192.0.2.1')).toBe(0);
    expect(stranger('192.0.2.2')).toBe(20);
    expect(stranger('2001:db8::1')).toBe(20);
    expect(stranger('2001:db8::2:1')).toBe(0);
  });

  it('that is off never runs dry', () => {
    const off = new RequestThrottle('off', () => now);
    for (let request = 0; request < 100_000; request++) off.admit(ada);
  });
});
