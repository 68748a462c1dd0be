/** What can be wrong with a request before an operation looks at it. */
export type RequestProblem =
  | 'unknownOperation'
  | 'missingAction'
  | 'noSuchVersion'
  /** The body or the query is not of the protocol's syntax. */
  | 'malformed'
  /** A member has the wrong type. */
  | 'wrongType'
  | 'tooLarge'
  | 'timeout';

/** A request that no operation can be asked to serve. */
export class RequestError extends Error {
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem, message: string) {
    super(message);
    this.name = 'RequestError';
    this.problem = problem;
  }
}
