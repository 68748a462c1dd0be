/** Why a request is not taken for its claimed sender's; each protocol has a code for each. */
export type SignatureProblem =
  /** No signature at all. */
  | 'missing'
  /** Parts of the signature are absent or unreadable. */
  | 'incomplete'
  /** The access key or session token is unknown or inactive. */
  | 'invalidToken'
  /** The time of temporary credentials is over. */
  | 'expiredToken'
  /** The signature is wrong, too old, or made for something else. */
  | 'mismatch'
  /** A presigned request whose time is over. */
  | 'expired';

/** The request cannot be attributed to a caller. The message is AWS's and holds no secret. */
export class SignatureError extends Error {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string) {
    super(message);
    this.name = 'SignatureError';
    this.problem = problem;
  }
}

/** One answer for unknown, inactive and deleted keys and for wrong session tokens, so that none can be told from another. */
export function invalidToken(): SignatureError {
  return new SignatureError('invalidToken', 'The security token included in the request is invalid.');
}
