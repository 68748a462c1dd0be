/** The repository has been deleted, perhaps while the request ran. */
export class RepositoryNotFoundError extends Error {
  override readonly name = 'RepositoryNotFoundError';
  constructor(repositoryId: string) {
    super(`Repository ${repositoryId} does not exist`);
  }
}

/** The client broke Git's protocol or one of its limits; the message is for the client. */
export class GitProtocolError extends Error {
  override readonly name = 'GitProtocolError';
}

/** Too much work waits already; the client should try again. */
export class RepositoriesBusyError extends Error {
  override readonly name = 'RepositoriesBusyError';
}

/** An object has more bytes than what asks for it can bear. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
  constructor(objectId: string, size: number, limit: number) {
    super(`Object ${objectId} has ${size} bytes; at most ${limit} can be read here`);
  }
}

/** What was asked takes longer, or visits more, than one request may. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';
}
