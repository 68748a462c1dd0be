import { SealedMessageError } from '../encryption/messages.ts';

/** A blob does not decrypt: it was altered, cut, or put in the place of another. The message is for the log. */
class DamagedBlobError extends SealedMessageError {
  /** Its name in the blob store. */
  readonly blob: string;

  constructor(blob: string, cause: unknown) {
    super(`The blob ${blob} is damaged`, { cause });
    this.blob = blob;
  }
}

/** Told of each read of a damaged blob. */
export type OnDamage = (error: DamagedBlobError) => void;

/** What reading a blob has thrown, with the blob's name where it is damaged. */
export function namingBlob(blob: string, error: unknown, onDamage: OnDamage): unknown {
  if (!(error instanceof SealedMessageError)) return error;
  const damage = new DamagedBlobError(blob, error);
  onDamage(damage);
  return damage;
}
