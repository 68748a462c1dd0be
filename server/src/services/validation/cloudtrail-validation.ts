import {
  InvalidEventCategoryException$,
  InvalidLookupAttributesException$,
  InvalidMaxResultsException$,
} from '@aws-sdk/client-cloudtrail';
import type { StaticErrorSchema } from '@smithy/types';
import type { Validate } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { cloudtrailConstraints } from './constraints/cloudtrail.generated.ts';
import { violationsOf } from './violations.ts';

const EXCEPTIONS: Readonly<Record<string, StaticErrorSchema>> = {
  MaxResults: InvalidMaxResultsException$,
  EventCategory: InvalidEventCategoryException$,
};

/** Throws the exception of the first member which is missing or breaks a limit; those of lookup attributes have one. */
export const cloudtrailValidate: Validate = ([, , operationName], input) => {
  const [violation] = violationsOf(cloudtrailConstraints, operationName, input);
  if (violation === undefined) return;
  throw new ServiceError(
    EXCEPTIONS[violation.member] ?? InvalidLookupAttributesException$,
    `1 validation error detected: ${violation.message}`,
  );
};
