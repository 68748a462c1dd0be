import { useCallback } from 'react';
import { useSearchParams } from 'react-router';
import { useSession } from '../session/session-context.ts';

const REGION = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The Region of the address, else the installation's first one. */
export function useRegion(): string {
  const [parameters] = useSearchParams();
  const { regions } = useSession();
  const named = parameters.get('region');
  return named !== null && REGION.test(named) ? named : (regions[0] ?? 'us-east-1');
}

/** Makes the address of a page below /console in the current Region: `address('/iam/users')`. */
export function useAddress(): (path: string) => string {
  const region = useRegion();
  return useCallback((path: string) => addressOf(path, region), [region]);
}

export function addressOf(path: string, region: string): string {
  const url = new URL(`/console${path}`, 'http://console');
  url.searchParams.set('region', region);
  return url.pathname + url.search + url.hash;
}
