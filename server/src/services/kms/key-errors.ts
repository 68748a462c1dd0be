/** A key cannot be used. */
class KeyUseError extends Error {
  /** ARN or ID of the key. */
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** The policies of the key and of the caller do not allow the use of the key. */
export class KeyAccessDeniedError extends KeyUseError {
  override readonly name = 'KeyAccessDeniedError';
  readonly isAwsManaged: boolean;

  constructor(key: string, message: string, { isAwsManaged }: { readonly isAwsManaged: boolean }) {
    super(key, message);
    this.isAwsManaged = isAwsManaged;
  }
}

export class KeyDisabledError extends KeyUseError {
  override readonly name = 'KeyDisabledError';
}

export class KeyNotFoundError extends KeyUseError {
  override readonly name = 'KeyNotFoundError';
}

/** The key waits for its deletion. */
export class KeyUnavailableError extends KeyUseError {
  override readonly name = 'KeyUnavailableError';
}

/** The key is not for symmetric encryption. */
export class KeyInvalidUsageError extends KeyUseError {
  override readonly name = 'KeyInvalidUsageError';
}
