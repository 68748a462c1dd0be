import { randomInt } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ACCOUNT_ID_DIGITS = 12;

// Prefixes and lengths are AWS's: IAM User Guide, "IAM identifiers", unique ID prefixes.

/** AIDA and 17 characters. */
export function newUserId(): string {
  return `AIDA${randomBase32(17)}`;
}

/** AROA and 17 characters. */
export function newRoleId(): string {
  return `AROA${randomBase32(17)}`;
}

/** AGPA and 17 characters. */
export function newGroupId(): string {
  return `AGPA${randomBase32(17)}`;
}

/** AIPA and 17 characters. */
export function newInstanceProfileId(): string {
  return `AIPA${randomBase32(17)}`;
}

/** SAMLSP and 18 characters. */
export function newSamlProviderId(): string {
  return `SAMLSP${randomBase32(18)}`;
}

/** AKIA and 16 characters. */
export function newAccessKeyId(): string {
  return `AKIA${randomBase32(16)}`;
}

/** ANPA and 17 characters. */
export function newPolicyId(): string {
  return `ANPA${randomBase32(17)}`;
}

/** ACCA and 17 characters. */
export function newServiceSpecificCredentialId(): string {
  return `ACCA${randomBase32(17)}`;
}

/** APKA and 16 characters. */
export function newSshPublicKeyId(): string {
  return `APKA${randomBase32(16)}`;
}

/** Twelve digits, the first not a zero, so that no spreadsheet or YAML reader shortens it. */
export function newAccountId(): string {
  const rest = Array.from({ length: ACCOUNT_ID_DIGITS - 1 }, () => randomInt(10)).join('');
  return `${randomInt(1, 10)}${rest}`;
}

function randomBase32(length: number): string {
  return Array.from({ length }, () => BASE32[randomInt(BASE32.length)]).join('');
}
