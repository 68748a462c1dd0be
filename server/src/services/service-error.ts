import type { StaticErrorSchema } from '@smithy/types';

interface ErrorTraits {
  readonly error?: 'client' | 'server';
  readonly httpError?: number;
  readonly awsQueryError?: readonly [code: string, status: number];
}

/** An exception of a service's model, as every door reports it. Shapes, codes and statuses come from the SDK's schemas. */
export class ServiceError extends Error {
  /** The exception's name in the model: RepositoryDoesNotExistException. */
  readonly exception: string;
  /** The code of the awsQuery protocol, without "Exception" where AWS drops it. */
  readonly queryCode: string;
  readonly status: number;
  readonly fault: 'client' | 'server';

  constructor(schema: StaticErrorSchema, message: string) {
    super(message);
    const [, , name, rawTraits] = schema;
    const traits: ErrorTraits = typeof rawTraits === 'object' ? rawTraits : {};
    this.name = name;
    this.exception = name;
    this.fault = traits.error ?? 'client';
    this.queryCode = traits.awsQueryError?.[0] ?? name;
    this.status = traits.awsQueryError?.[1] ?? traits.httpError ?? (this.fault === 'server' ? 500 : 400);
  }
}
