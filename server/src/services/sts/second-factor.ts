import { accessDenied } from './errors.ts';

interface SecondFactor {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}

/** No user has an MFA device, so none can be proved; saying nothing would pretend that one was. @throws AccessDenied */
export function refuseSecondFactor({ SerialNumber, TokenCode }: SecondFactor): void {
  if (SerialNumber === undefined && TokenCode === undefined) return;
  throw accessDenied(
    SerialNumber === undefined || TokenCode === undefined
      ? 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.'
      : 'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
}
