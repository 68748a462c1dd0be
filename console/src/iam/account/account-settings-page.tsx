import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { usePage } from '../../frame/page-context.ts';
import { AccountAlias } from './account-alias.tsx';
import { PasswordPolicy } from './password-policy.tsx';

export function Component() {
  usePage('Account settings', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Account settings', path: '/iam/account-settings' },
  ]);
  return (
    <ContentLayout header={<Header variant="h1">Account settings</Header>}>
      <SpaceBetween size="l">
        <AccountAlias />
        <PasswordPolicy />
      </SpaceBetween>
    </ContentLayout>
  );
}
