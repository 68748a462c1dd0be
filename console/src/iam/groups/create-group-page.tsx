import { AddUserToGroupCommand, CreateGroupCommand } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useIncomplete } from '../../elements/incomplete.ts';
import { useAddress } from '../../frame/addresses.ts';
import { Loading } from '../../frame/loading.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { usePage } from '../../frame/page-context.ts';
import { listPolicies } from '../policies/policies.ts';
import { PolicyChoice } from '../policies/policy-choice.tsx';
import { operationsOn } from '../policies/policy-holders.ts';
import { UserChoice } from '../user-choice.tsx';
import { listUsers } from '../users.ts';
import { groupPath } from './groups.ts';

export function Component() {
  usePage('Create user group', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'User groups', path: '/iam/groups' },
    { text: 'Create user group', path: '/iam/groups/create' },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const form = useId();
  const [name, setName] = useState('');
  const [isIncomplete, setIncomplete] = useIncomplete();
  const [userNames, setUserNames] = useState<readonly string[]>([]);
  const [policies, setPolicies] = useState<ReadonlyMap<string, string>>(new Map());
  const [made, setMade] = useState<string>();
  // The tables would push down what is below them when they fill.
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const managed = useRead(['iam', 'ListPolicies'], () => listPolicies(iam));
  // Once and for all: a table that is shown first asks again for what was refused before.
  const [isReady, setReady] = useState(false);
  if (!isReady && !users.isPending && !managed.isPending) setReady(true);
  const GroupName = name.trim();
  const creation = useChange(
    async () => {
      // What came after the group may have been refused the last time.
      if (made !== GroupName) {
        await iam.send(new CreateGroupCommand({ GroupName }));
        setMade(GroupName);
      }
      for (const UserName of userNames) await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
      const { attach } = operationsOn(iam, { kind: 'group', name: GroupName });
      for (const arn of policies.keys()) await attach(arn);
    },
    () => {
      notify(`User group ${GroupName} created.`);
      void navigate(address(groupPath(GroupName)));
    },
  );
  const submit = () => {
    setIncomplete(GroupName === '');
    if (GroupName !== '') creation.mutate(undefined);
  };
  const header = <Header variant="h1">Create user group</Header>;
  if (!isReady) {
    return (
      <ContentLayout header={header}>
        <Loading what="users and policies" />
      </ContentLayout>
    );
  }
  return (
    <ContentLayout header={header}>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <LinkButton formAction="none" variant="link" to="/iam/groups">
              Cancel
            </LinkButton>
            <Button variant="primary" form={form} loading={creation.isPending}>
              Create user group
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Name the group</Header>}>
            {/* Around the name alone: Enter in the filter of a table is not meant to create the group. */}
            <form
              id={form}
              onSubmit={(event) => {
                event.preventDefault();
                submit();
              }}
            >
              <FormField
                label="User group name"
                constraintText="At most 128 letters, numbers and + = , . @ _ -"
                errorText={isIncomplete && GroupName === '' && 'Give the group a name.'}
              >
                <Input value={name} onChange={({ detail }) => setName(detail.value)} />
              </FormField>
            </form>
          </Container>
          <UserChoice
            description="Optional: those who are to be in the group"
            selected={userNames}
            onSelect={setUserNames}
          />
          <PolicyChoice
            description="Optional: what the group's users may do"
            selected={policies}
            onSelect={setPolicies}
          />
          {creation.error !== null && made === GroupName && (
            <Alert type="info">{`The group ${GroupName} has been created; what came next was refused.`}</Alert>
          )}
          <ErrorAlert error={creation.error} />
        </SpaceBetween>
      </Form>
    </ContentLayout>
  );
}
