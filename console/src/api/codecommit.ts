import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { useRegion } from '../frame/addresses.ts';
import { clientOfRegion, clientOptions } from './client-options.ts';

const clientOf = clientOfRegion((region) => new CodeCommitClient(clientOptions(region)));

export function useCodeCommit(): CodeCommitClient {
  return clientOf(useRegion());
}
