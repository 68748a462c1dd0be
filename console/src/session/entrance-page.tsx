import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

/** What somebody sees who is not signed in. */
export function EntrancePage({ children }: { readonly children: ReactNode }) {
  return (
    <main className="entrance">
      <SpaceBetween size="l">
        <Box textAlign="center" fontSize="heading-xl" fontWeight="bold">
          <img src="/console/favicon.svg" alt="" width="32" height="32" className="mark" /> Codekeep
        </Box>
        {children}
      </SpaceBetween>
    </main>
  );
}
