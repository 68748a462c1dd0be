import type { StatusType } from '@aws-sdk/client-iam';
import { invalidInput } from './errors.ts';

/** @throws InvalidInput for Expired, which is reported of credentials and never set */
export function statusOf(status: StatusType): 'Active' | 'Inactive' {
  if (status === 'Expired') throw invalidInput('A status can be set to Active or Inactive only.');
  return status;
}
