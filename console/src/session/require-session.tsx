import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { SESSION_KEY } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { LoadingConsole } from '../frame/loading.tsx';
import { RefusedRequest, session } from './requests.ts';
import { SessionContext } from './session-context.ts';

/** Its children for who is signed in; for anybody else the sign-in page, which leads back here. */
export function RequireSession({ children }: { readonly children: ReactNode }) {
  const { pathname, search } = useLocation();
  const { data, error } = useQuery({ queryKey: SESSION_KEY, queryFn: session, staleTime: 60_000, retry: false });
  if (error instanceof RefusedRequest && error.code === 'NotSignedIn') {
    return <Navigate to={`/console/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <LoadingConsole />;
  return <SessionContext value={data}>{children}</SessionContext>;
}
