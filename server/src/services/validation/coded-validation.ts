import type { StaticErrorSchema } from '@smithy/types';
import type { Validate } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import type { Constraints } from './constraints.ts';
import { violationsOf } from './violations.ts';

/** Validation of a service that reports every broken limit at once, under one code outside its model. */
export function codedValidation(constraints: Constraints, code: string): Validate {
  const error: StaticErrorSchema = [-3, '', code, { error: 'client', httpError: 400 }, [], []];
  return ([, , operationName], input) => {
    const violations = violationsOf(constraints, operationName, input);
    if (violations.length === 0) return;
    const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
    throw new ServiceError(error, `${count} detected: ${violations.map(({ message }) => message).join('; ')}`);
  };
}
