import type { StatusType } from '@aws-sdk/client-iam';
import { validationError } from './errors.ts';

/** @throws ValidationError for Expired, which is reported of credentials and never set */
export function statusOf(status: StatusType): 'Active' | 'Inactive' {
  if (status === 'Expired') throw validationError('A status can be set to Active or Inactive only.');
  return status;
}
