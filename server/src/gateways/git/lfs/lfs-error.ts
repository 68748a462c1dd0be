/** A refusal that a client of Git LFS shows to its user. */
export class LfsError extends Error {
  override readonly name = 'LfsError';
  readonly status: number;
  /** Further members of the body. */
  readonly details: object;

  constructor(status: number, message: string, details: object = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
