import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import { useLocation, useNavigate } from 'react-router';
import { repositoryMenu } from '../codecommit/repository-menu.ts';
import { useAddress } from './addresses.ts';

export interface MenuItem {
  readonly text: string;
  /** Below /console. */
  readonly path: string;
}

interface Menu extends Omit<MenuItem, 'text'> {
  readonly title: string;
  readonly items: readonly MenuItem[];
}

const MENUS: readonly Menu[] = [
  {
    title: 'CodeCommit',
    path: '/codecommit/repositories',
    items: [{ text: 'Repositories', path: '/codecommit/repositories' }],
  },
  {
    title: 'IAM',
    path: '/iam/home',
    items: [
      { text: 'Dashboard', path: '/iam/home' },
      { text: 'User groups', path: '/iam/groups' },
      { text: 'Users', path: '/iam/users' },
      { text: 'Roles', path: '/iam/roles' },
      { text: 'Policies', path: '/iam/policies' },
      { text: 'Account settings', path: '/iam/account-settings' },
      { text: 'Who may', path: '/iam/who-may' },
      { text: 'Policy simulator', path: '/iam/simulator' },
      { text: 'My Security Credentials', path: '/iam/security-credentials' },
    ],
  },
  {
    title: 'KMS',
    path: '/kms/keys',
    items: [
      { text: 'Customer managed keys', path: '/kms/keys' },
      { text: 'AWS managed keys', path: '/kms/aws-managed-keys' },
    ],
  },
];

/** The pages of the service that the current page belongs to; undefined outside of any. */
export function useSideMenu() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const address = useAddress();
  const menu = MENUS.find(({ path }) => pathname.startsWith(`/console/${path.split('/')[1]}/`));
  if (menu === undefined) return undefined;
  const repository = repositoryMenu(pathname);
  const link = ({ text, path }: MenuItem) => ({ type: 'link' as const, text, href: address(path) });
  const items: SideNavigationProps.Item[] = menu.items.map(link);
  if (repository !== undefined) {
    items.push({ type: 'section-group', title: repository.title, items: repository.items.map(link) });
  }
  const active = repository?.active ?? menu.items.find(({ path }) => pathname.startsWith(`/console${path}`));
  return (
    <SideNavigation
      header={{ text: menu.title, href: address(menu.path) }}
      items={items}
      activeHref={active && address(active.path)}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}
