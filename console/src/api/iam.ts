import { IAMClient } from '@aws-sdk/client-iam';
import { useRegion } from '../frame/addresses.ts';
import { clientOfRegion, clientOptions } from './client-options.ts';

const clientOf = clientOfRegion((region) => new IAMClient(clientOptions(region)));

export function useIam(): IAMClient {
  return clientOf(useRegion());
}
