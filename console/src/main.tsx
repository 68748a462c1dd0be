import './fonts.css';
import './console.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient, SESSION_KEY } from './api/queries.ts';
import { applyTheme } from './frame/theme.ts';
import { router } from './router.ts';
import { session } from './session/requests.ts';

applyTheme();
const queries = createQueryClient();
// While the page's scripts are still coming.
if (!/^\/console\/sign-/.test(location.pathname)) {
  void queries.prefetchQuery({ queryKey: SESSION_KEY, queryFn: session });
}
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the console');
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
