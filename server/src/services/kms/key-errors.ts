/** A policy of the caller denies the use of the key, or the key belongs to another account. */
export class KeyAccessDeniedError extends Error {
  override readonly name = 'KeyAccessDeniedError';
}

export class KeyDisabledError extends Error {
  override readonly name = 'KeyDisabledError';
}

export class KeyNotFoundError extends Error {
  override readonly name = 'KeyNotFoundError';
}

/** The key waits for its deletion. */
export class KeyUnavailableError extends Error {
  override readonly name = 'KeyUnavailableError';
}
