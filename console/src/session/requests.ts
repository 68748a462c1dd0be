import type {
  CloseAccountRequest,
  FailureResponse,
  RootPasswordRequest,
  SessionResponse,
  SignInRequest,
  SignInResponse,
  SignOutRequest,
  SignUpRequest,
  SignUpResponse,
  SignUpStateResponse,
} from '../../../server/src/gateways/console/messages.ts';

export type {
  PasswordRules,
  SessionResponse,
  SignInRequest,
  SignInResponse,
  SignUpRequest,
} from '../../../server/src/gateways/console/messages.ts';

/** What the server refused, in its own words. */
export class RefusedRequest extends Error {
  readonly code: string;

  constructor({ code, message }: FailureResponse) {
    super(message);
    this.name = code;
    this.code = code;
  }
}

export const signIn = (request: SignInRequest) => post<SignInResponse>('sign-in', request);
export const signOut = (request: SignOutRequest) => post<object>('sign-out', request);
/** @throws RefusedRequest `NotSignedIn` */
export const session = () => post<SessionResponse>('session', {});

export const signUpState = () => post<SignUpStateResponse>('sign-up-state', {});
/** Signs the new account's root user in. */
export const signUp = (request: SignUpRequest) => post<SignUpResponse>('sign-up', request);
/** Ends every session of the root user, this one too. */
export const changeRootPassword = (request: RootPasswordRequest) => post<object>('root-password', request);
export const closeAccount = (request: CloseAccountRequest) => post<object>('close-account', request);

async function post<Response>(path: string, body: object): Promise<Response> {
  const response = await fetch(`/console/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new RefusedRequest(answer as FailureResponse);
  return answer as Response;
}
