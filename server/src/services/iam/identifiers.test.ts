import { describe, expect, it } from 'vitest';
import {
  newAccessKeyId,
  newAccountId,
  newPolicyId,
  newServiceSpecificCredentialId,
  newSshPublicKeyId,
  newUserId,
} from './identifiers.ts';

describe('identifiers', () => {
  it.each([
    [newUserId, /^AIDA[A-Z2-7]{17}$/],
    [newAccessKeyId, /^AKIA[A-Z2-7]{16}$/],
    [newPolicyId, /^ANPA[A-Z2-7]{17}$/],
    [newServiceSpecificCredentialId, /^ACCA[A-Z2-7]{17}$/],
    [newSshPublicKeyId, /^APKA[A-Z2-7]{16}$/],
    [newAccountId, /^[1-9]\d{11}$/],
  ])('of %o have AWS’s form and differ', (make, form) => {
    const made = Array.from({ length: 200 }, () => make());
    for (const identifier of made) expect(identifier).toMatch(form);
    expect(new Set(made).size).toBe(made.length);
  });
});
