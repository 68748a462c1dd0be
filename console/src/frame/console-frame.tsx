import AppLayout from '@cloudscape-design/components/app-layout';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { Outlet, useNavigate } from 'react-router';
import { RequireSession } from '../session/require-session.tsx';
import { AccountMenu } from './account-menu.tsx';
import { useAddress } from './addresses.ts';
import { Loading } from './loading.tsx';
import { Notifications, NotificationsProvider } from './notifications.tsx';
import { OtherRegion } from './other-region.tsx';
import { PageContext, type PageDescription } from './page-context.ts';
import { useSideMenu } from './side-menu.tsx';

/** Everything around the pages of who is signed in. */
export function Component() {
  return (
    <RequireSession>
      <NotificationsProvider>
        <div id="top-navigation">
          <AccountMenu />
        </div>
        <Layout />
      </NotificationsProvider>
    </RequireSession>
  );
}

function Layout() {
  const [page, setPage] = useState<PageDescription>({ title: 'Codekeep', crumbs: [] });
  const address = useAddress();
  const navigate = useNavigate();
  const sideMenu = useSideMenu();
  const menu = useMenuState(sideMenu !== undefined);
  // On phones Cloudscape gives its bar an attribute that no navigation may have, and axe calls that a serious fault.
  useEffect(() => {
    for (const bar of document.querySelectorAll('nav[aria-orientation]')) bar.removeAttribute('aria-orientation');
  });
  const items = page.crumbs.map(({ text, path }) => ({ text, href: address(path) }));
  return (
    <AppLayout
      headerSelector="#top-navigation"
      toolsHide
      navigationHide={sideMenu === undefined}
      navigation={sideMenu}
      navigationOpen={menu.isOpen}
      onNavigationChange={({ detail }) => menu.setOpen(detail.open)}
      notifications={<Notifications />}
      breadcrumbs={
        items.length > 1 && (
          <BreadcrumbGroup
            items={items}
            onFollow={(event) => {
              event.preventDefault();
              void navigate(event.detail.href);
            }}
          />
        )
      }
      content={
        <PageContext value={setPage}>
          <OtherRegion />
          <Suspense fallback={<Loading what="the page" />}>
            <Outlet />
          </Suspense>
        </PageContext>
      }
      ariaLabels={{
        navigation: 'Pages of the service',
        navigationToggle: 'Open navigation',
        navigationClose: 'Close navigation',
        notifications: 'Notifications',
      }}
    />
  );
}

const wideScreen = matchMedia('(min-width: 1000px)');

/**
 * Open where there is room, until somebody chooses otherwise; turning a screen or resizing a window begins anew. A page
 * without a menu changes nothing for the next.
 */
function useMenuState(hasMenu: boolean) {
  const isWide = useSyncExternalStore(
    (listener) => {
      wideScreen.addEventListener('change', listener);
      return () => wideScreen.removeEventListener('change', listener);
    },
    () => wideScreen.matches,
  );
  const [chosen, choose] = useState<{ readonly isWide: boolean; readonly isOpen: boolean }>();
  return {
    isOpen: hasMenu && (chosen?.isWide === isWide ? chosen.isOpen : isWide),
    setOpen: (isOpen: boolean) => {
      if (hasMenu) choose({ isWide, isOpen });
    },
  };
}
