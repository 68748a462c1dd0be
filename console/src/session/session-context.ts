import { createContext, useContext } from 'react';
import type { SessionResponse } from './requests.ts';

export const SessionContext = createContext<SessionResponse | undefined>(undefined);

/** Who is signed in: known on every page within the frame. */
export function useSession(): SessionResponse {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('Used outside of a session');
  return session;
}
