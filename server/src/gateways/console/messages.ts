/** What the pages of the console and the server say to each other beside the AWS API: JSON, by POST. */

/** As the root user by `email`, or as an IAM user by `account` and `userName`. */
export interface SignInRequest {
  readonly email?: string | undefined;
  /** Account ID or alias. */
  readonly account?: string | undefined;
  readonly userName?: string | undefined;
  readonly password: string;
  readonly newPassword?: string | undefined;
  /** Asked for by the state `second-factor-required`. */
  readonly secondFactor?: { readonly serialNumber: string; readonly tokenCode: string } | undefined;
}

export interface SignInResponse {
  readonly state: 'signed-in' | 'new-password-required' | 'second-factor-required' | 'second-factor-refused';
  /** Of the account, with the state `new-password-required`. */
  readonly passwordRules?: PasswordRules | undefined;
  /** Serial numbers of the MFA devices, one of which must show a code. */
  readonly devices?: readonly string[] | undefined;
  /** Why the code is not taken. */
  readonly reason?: 'unknown device' | 'wrong code' | 'refused for now' | undefined;
}

/** What a new password has to be like. */
export interface PasswordRules {
  readonly minimumLength: number;
  /** It must have one of each. */
  readonly required: readonly ('uppercase' | 'lowercase' | 'numbers' | 'symbols')[];
  /** Of how many types its characters must be, whichever they are. */
  readonly leastTypes: number;
  /** It may be none of so many passwords before it. */
  readonly reusePrevention: number;
}

export interface SignOutRequest {
  /** Of every browser that the user is signed in with, not of this one alone. */
  readonly everywhere: boolean;
}

/** Who is signed in, and what the pages need to know of this installation. */
export interface SessionResponse {
  readonly accountId: string;
  readonly arn: string;
  /** Absent for the root user. */
  readonly userName?: string | undefined;
  /** Present for the root user alone. */
  readonly rootUser?: RootUser | undefined;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly regions: readonly string[];
  /** The address of the API for the AWS CLI and the SDKs, without a slash at its end. */
  readonly endpointUrl: string;
  /** The same over TLS; absent where there is none. */
  readonly secureUrl?: string | undefined;
}

export interface RootUser {
  readonly email: string;
  /** Absent where the operator has made the account without one. */
  readonly accountName?: string | undefined;
}

export interface SignUpStateResponse {
  readonly isOpen: boolean;
  /** Why it is closed, and what to do; absent where it is open. */
  readonly message?: string | undefined;
}

export interface SignUpRequest {
  readonly accountName: string;
  readonly email: string;
  readonly password: string;
}

/** The cookie of a session comes with it: the new account's root user is signed in. */
export interface SignUpResponse {
  /** Twelve digits. */
  readonly accountId: string;
}

export interface RootPasswordRequest {
  readonly oldPassword: string;
  readonly newPassword: string;
}

export interface CloseAccountRequest {
  /** Of the account that is to be closed: that of the session, so that no page left open closes another. */
  readonly accountId: string;
}

export interface FailureResponse {
  readonly code: string;
  readonly message: string;
}
