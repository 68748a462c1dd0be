import { KMSClient } from '@aws-sdk/client-kms';
import { useRegion } from '../frame/addresses.ts';
import { clientOfRegion, clientOptions } from './client-options.ts';

const clientOf = clientOfRegion((region) => new KMSClient(clientOptions(region)));

export function useKms(): KMSClient {
  return clientOf(useRegion());
}
