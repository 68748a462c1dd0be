import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { SESSION_KEY } from '../api/queries.ts';
import { signOut } from '../session/requests.ts';
import { useSession } from '../session/session-context.ts';
import { addressOf, useAddress, useRegion } from './addresses.ts';
import { useNotify } from './notifications.tsx';
import { chooseTheme, type Theme, useTheme } from './theme.ts';

const SERVICES = [
  { id: '/codecommit/repositories', text: 'CodeCommit', description: 'Private Git repositories' },
  { id: '/iam/home', text: 'IAM', description: 'Users, credentials and permissions' },
  { id: '/kms/keys', text: 'KMS', description: 'Encryption keys' },
];
/** Where one finds the resources of a service that has others in each Region. */
const REGIONAL_LISTS = ['/codecommit/repositories', '/kms/keys'];
const THEMES: readonly { readonly id: Theme; readonly text: string }[] = [
  { id: 'light', text: 'Light' },
  { id: 'dark', text: 'Dark' },
  { id: 'system', text: 'As the system' },
];

/** The bar at the top: services, Region, appearance, account. */
export function AccountMenu() {
  const navigate = useNavigate();
  const address = useAddress();
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'menu-dropdown',
      text: 'Services',
      iconName: 'grid-view',
      items: SERVICES,
      onItemClick: ({ detail }) => void navigate(address(detail.id)),
    },
    useRegionMenu(),
    useThemeMenu(),
    useAccount(),
  ];
  return (
    <TopNavigation
      identity={{
        href: address('/home'),
        title: 'Codekeep',
        onFollow: (event) => {
          event.preventDefault();
          void navigate(address('/home'));
        },
      }}
      utilities={utilities}
      i18nStrings={{ overflowMenuTriggerText: 'More', overflowMenuTitleText: 'Services and Region' }}
    />
  );
}

function useRegionMenu(): TopNavigationProps.Utility {
  const { regions } = useSession();
  const region = useRegion();
  const navigate = useNavigate();
  const offered = regions.includes(region) ? regions : [...regions, region];
  return {
    type: 'menu-dropdown',
    text: region,
    ariaLabel: `Region: ${region}`,
    items: offered.map((each) => ({
      id: each,
      text: each,
      itemType: 'checkbox',
      checked: each === region,
    })),
    // Repositories and keys are per Region: the page of one of them may mean nothing in another.
    onItemClick: ({ detail }) => {
      const { pathname } = location;
      const list = REGIONAL_LISTS.find((each) => pathname.startsWith(`/console/${each.split('/')[1]}/`));
      void navigate(addressOf(list ?? pathname.slice('/console'.length), detail.id));
    },
  };
}

function useThemeMenu(): TopNavigationProps.Utility {
  const theme = useTheme();
  return {
    type: 'menu-dropdown',
    iconName: 'settings',
    title: 'Appearance',
    ariaLabel: 'Appearance',
    items: THEMES.map((each) => ({ ...each, itemType: 'checkbox', checked: each.id === theme })),
    onItemClick: ({ detail }) => chooseTheme(detail.id as Theme),
  };
}

function useAccount(): TopNavigationProps.Utility {
  const session = useSession();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const queries = useQueryClient();
  const leave = async (everywhere: boolean) => {
    await signOut({ everywhere }).catch(() => {});
    queries.clear();
    await queries.resetQueries({ queryKey: SESSION_KEY });
    location.assign('/console/sign-in');
  };
  const copy = async (name: string, value: string) => {
    await navigator.clipboard.writeText(value);
    notify(`${name} copied.`);
  };
  const actions: Record<string, () => void> = {
    'copy-account-id': () => void copy('Account ID', session.accountId),
    'copy-arn': () => void copy('ARN', session.arn),
    'security-credentials': () => void navigate(address('/iam/security-credentials')),
    'sign-out': () => void leave(false),
    'sign-out-everywhere': () => void leave(true),
  };
  return {
    type: 'menu-dropdown',
    text: session.userName ?? 'Root user',
    description: `Account ID: ${grouped(session.accountId)}`,
    iconName: 'user-profile',
    items: [
      { id: 'copy-account-id', text: 'Copy account ID', iconName: 'copy' },
      { id: 'copy-arn', text: 'Copy ARN', iconName: 'copy' },
      { id: 'security-credentials', text: 'My Security Credentials' },
      { id: 'sign-out', text: 'Sign out' },
      { id: 'sign-out-everywhere', text: 'Sign out of all browsers' },
    ],
    onItemClick: ({ detail }) => actions[detail.id]?.(),
  };
}

/** 1234-5678-9012, as the AWS console shows it. */
function grouped(accountId: string): string {
  return accountId.replace(/(\d{4})(?=\d)/g, '$1-');
}
