import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { SESSION_KEY } from '../api/queries.ts';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { Loading } from '../frame/loading.tsx';
import { usePage } from '../frame/page-context.ts';
import { EntrancePage } from './entrance-page.tsx';
import { NewPasswordFields } from './new-password-fields.tsx';
import { RefusedRequest, type SignUpRequest, signUp, signUpState } from './requests.ts';

/** Makes an account, and signs its root user in. */
export function Component() {
  usePage('Sign up', []);
  const queries = useQueryClient();
  const state = useQuery({ queryKey: ['sign-up-state'], queryFn: signUpState, retry: false, staleTime: 0 });
  const creation = useMutation({
    mutationFn: signUp,
    onSuccess: () => queries.resetQueries({ queryKey: SESSION_KEY }),
  });
  if (creation.data !== undefined) return <AccountCreated accountId={creation.data.accountId} />;
  const closed = state.data?.message ?? messageOfClosed(creation.error);
  return (
    <EntrancePage>
      {state.isPending && <Loading what="sign-up form" />}
      <ErrorAlert error={state.error} />
      {closed !== undefined && (
        <Container header={<Header variant="h1">Sign up</Header>}>
          <Alert type="info" header="No new account can be made here">
            {closed}
          </Alert>
        </Container>
      )}
      {state.data?.isOpen && closed === undefined && (
        <SignUpForm isPending={creation.isPending} error={creation.error} onSubmit={creation.mutate} />
      )}
      <Box textAlign="center">
        <Link href="/console/sign-in">Sign in to an existing account</Link>
      </Box>
    </EntrancePage>
  );
}

interface SignUpFormProps {
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onSubmit: (request: SignUpRequest) => void;
}

function SignUpForm({ isPending, error, onSubmit }: SignUpFormProps) {
  const [email, setEmail] = useState('');
  const [accountName, setAccountName] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const isReady = email !== '' && accountName !== '' && password !== '' && repeated === password;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onSubmit({ accountName: accountName.trim(), email: email.trim(), password });
      }}
    >
      <Container
        header={
          <Header variant="h1" description="An account holds users, their permissions and repositories.">
            Sign up
          </Header>
        }
      >
        <Form
          actions={
            <Button variant="primary" formAction="submit" loading={isPending} disabled={!isReady}>
              Create account
            </Button>
          }
        >
          <SpaceBetween size="l">
            <FormField
              label="Root user email address"
              description="The root user owns the account and may do everything in it."
            >
              <Input
                type="email"
                autoComplete="username"
                autoFocus
                value={email}
                onChange={({ detail }) => setEmail(detail.value)}
              />
            </FormField>
            <FormField label="Account name" constraintText="1 to 50 characters, such as the name of the team">
              <Input
                autoComplete="organization"
                value={accountName}
                onChange={({ detail }) => setAccountName(detail.value)}
              />
            </FormField>
            <NewPasswordFields
              label="Root user password"
              password={password}
              onPassword={setPassword}
              repeated={repeated}
              onRepeated={setRepeated}
            />
            <ErrorAlert error={error} />
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  );
}

function AccountCreated({ accountId }: { readonly accountId: string }) {
  const navigate = useNavigate();
  return (
    <EntrancePage>
      <Container header={<Header variant="h1">Account created</Header>}>
        <SpaceBetween size="l">
          <Alert type="success">You are signed in as the root user of your new account.</Alert>
          <Details items={[{ label: 'Account ID', value: <Copyable name="account ID" value={accountId} /> }]} />
          <Box>
            IAM users sign in with this ID. Next, protect the root user with an MFA device, and create an IAM user for
            daily work: the root user can have no Git credentials.
          </Box>
          <Button variant="primary" fullWidth onClick={() => void navigate('/console/home')}>
            Continue to the console
          </Button>
        </SpaceBetween>
      </Container>
    </EntrancePage>
  );
}

/** What was open when the page came may be closed by now. */
function messageOfClosed(error: Error | null): string | undefined {
  return error instanceof RefusedRequest && error.code === 'SignUpClosed' ? error.message : undefined;
}
