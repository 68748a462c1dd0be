import { type SecondFactorOutcome, verifySecondFactor } from '../../access/authentication/second-factor.ts';
import type { Principal } from '../../access/principal.ts';
import type { Call } from '../operation.ts';
import { accessDenied } from './errors.ts';
import type { StsServices } from './service.ts';

interface SecondFactor {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}

/**
 * When the caller proved a second factor with this request; undefined where the request has none.
 *
 * @throws AccessDenied for half of one, a device that is not the caller's, a wrong or used code, and too many tries
 */
export async function proveSecondFactor(
  services: StsServices,
  { principal, environment: { time } }: Call,
  { SerialNumber: serialNumber, TokenCode: tokenCode }: SecondFactor,
): Promise<Date | undefined> {
  if (serialNumber === undefined && tokenCode === undefined) return undefined;
  if (serialNumber === undefined || tokenCode === undefined) {
    throw failed(', must provide both MFA serial number and one time pass code.');
  }
  const owner = ownerOf(principal);
  const factor = { serialNumber, tokenCode };
  const outcome = owner === undefined ? 'unknown device' : await verifySecondFactor(services, owner, factor, time);
  if (outcome === 'verified') return time;
  throw failed(REASONS[outcome]);
}

/** The words of the first two are AWS's. */
const REASONS: Readonly<Record<Exclude<SecondFactorOutcome, 'verified'>, string>> = {
  'unknown device':
    ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  'wrong code': ' with invalid MFA one time pass code. ',
  'refused for now': ': too many invalid one time pass codes. Please wait before you try again.',
};

/** Roles and federated users have no devices. */
function ownerOf({ kind, accountId, userId }: Principal) {
  if (kind === 'root') return { accountId, userId: null };
  return kind === 'user' ? { accountId, userId } : undefined;
}

function failed(reason: string): Error {
  return accessDenied(`MultiFactorAuthentication failed${reason}`);
}
