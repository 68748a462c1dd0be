import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Loading } from '../../frame/loading.tsx';
import { usePage } from '../../frame/page-context.ts';
import { AccountAlias, useAccountAliases } from './account-alias.tsx';
import { PasswordPolicy } from './password-policy.tsx';

export function Component() {
  usePage('Account settings', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Account settings', path: '/iam/account-settings' },
  ]);
  // Its buttons take another room than those for an account without one, and would move what is below.
  const aliases = useAccountAliases();
  return (
    <ContentLayout header={<Header variant="h1">Account settings</Header>}>
      {aliases.isPending ? (
        <Loading what="account settings" />
      ) : (
        <SpaceBetween size="l">
          <AccountAlias aliases={aliases} />
          <PasswordPolicy />
        </SpaceBetween>
      )}
    </ContentLayout>
  );
}
