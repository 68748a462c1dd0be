import { createBrowserRouter, redirect } from 'react-router';
import { codeRoutes } from './codecommit/code/code-routes.ts';
import { LoadingConsole } from './frame/loading.tsx';

/** Each page is a chunk of its own, loaded when it is first gone to. */
export const router = createBrowserRouter([
  { path: '/console/sign-in', lazy: () => import('./session/sign-in-page.tsx'), HydrateFallback: LoadingConsole },
  { path: '/console/sign-up', lazy: () => import('./session/sign-up-page.tsx'), HydrateFallback: LoadingConsole },
  {
    path: '/console',
    lazy: () => import('./frame/console-frame.tsx'),
    HydrateFallback: LoadingConsole,
    children: [
      { index: true, loader: () => redirect('/console/home') },
      { path: 'home', lazy: () => import('./frame/home-page.tsx') },
      { path: 'codecommit/repositories', lazy: () => import('./codecommit/repositories-page.tsx') },
      { path: 'codecommit/repository/create', lazy: () => import('./codecommit/create-repository-page.tsx') },
      { path: 'codecommit/repositories/:name/setup', lazy: () => import('./codecommit/setup-page.tsx') },
      { path: 'codecommit/repositories/:name/settings', lazy: () => import('./codecommit/settings-page.tsx') },
      ...codeRoutes,
      { path: 'iam/home', lazy: () => import('./iam/dashboard-page.tsx') },
      { path: 'iam/users', lazy: () => import('./iam/users-page.tsx') },
      { path: 'iam/users/create', lazy: () => import('./iam/create-user-page.tsx') },
      { path: 'iam/users/:name', lazy: () => import('./iam/user-page.tsx') },
      { path: 'iam/users/:name/add-permissions', lazy: () => import('./iam/add-permissions-page.tsx') },
      { path: 'iam/groups', lazy: () => import('./iam/groups/groups-page.tsx') },
      { path: 'iam/groups/create', lazy: () => import('./iam/groups/create-group-page.tsx') },
      { path: 'iam/groups/:name', lazy: () => import('./iam/groups/group-page.tsx') },
      { path: 'iam/policies', lazy: () => import('./iam/policies/policies-page.tsx') },
      { path: 'iam/policies/create', lazy: () => import('./iam/policies/create-policy-page.tsx') },
      { path: 'iam/policies/:arn', lazy: () => import('./iam/policies/policy-page.tsx') },
      { path: 'iam/policies/:arn/edit', lazy: () => import('./iam/policies/edit-policy-page.tsx') },
      { path: 'iam/roles', lazy: () => import('./iam/roles/roles-page.tsx') },
      { path: 'iam/roles/create', lazy: () => import('./iam/roles/create-role-page.tsx') },
      { path: 'iam/roles/:name', lazy: () => import('./iam/roles/role-page.tsx') },
      { path: 'iam/who-may', lazy: () => import('./iam/simulator/who-may-page.tsx') },
      { path: 'iam/simulator', lazy: () => import('./iam/simulator/simulator-page.tsx') },
      { path: 'iam/account-settings', lazy: () => import('./iam/account/account-settings-page.tsx') },
      { path: 'iam/security-credentials', lazy: () => import('./iam/security-credentials-page.tsx') },
      { path: 'kms/keys', lazy: () => import('./kms/customer-keys-page.tsx') },
      { path: 'kms/aws-managed-keys', lazy: () => import('./kms/aws-managed-keys-page.tsx') },
      { path: 'kms/keys/create', lazy: () => import('./kms/create-key-page.tsx') },
      { path: 'kms/keys/:keyId', lazy: () => import('./kms/key-page.tsx') },
      { path: '*', lazy: () => import('./frame/not-found-page.tsx') },
    ],
  },
]);
