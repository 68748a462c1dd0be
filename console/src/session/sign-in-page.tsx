import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { SESSION_KEY } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { usePage } from '../frame/page-context.ts';
import { EntrancePage } from './entrance-page.tsx';
import { NewPasswordFields } from './new-password-fields.tsx';
import { type PasswordRules, signIn, signUpState } from './requests.ts';
import { SecondFactorFields } from './second-factor-fields.tsx';

type Kind = 'user' | 'root';
const LAST_ACCOUNT = 'codekeep-account';

/** `?next=` tells where to go afterwards, `?account=` which account. */
export function Component() {
  usePage('Sign in', []);
  const [parameters] = useSearchParams();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const rememberedAccount = parameters.get('account') ?? localStorage.getItem(LAST_ACCOUNT) ?? '';
  const [kind, setKind] = useState<Kind>(rememberedAccount === '' ? 'root' : 'user');
  const [email, setEmail] = useState('');
  const [account, setAccount] = useState(rememberedAccount);
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [devices, setDevices] = useState<readonly string[]>([]);
  const [chosenDevice, setChosenDevice] = useState('');
  const [code, setCode] = useState('');
  const asksForCode = devices.length > 0;
  const device = devices.includes(chosenDevice) ? chosenDevice : (devices[0] ?? '');
  const attempt = useMutation({
    mutationFn: () =>
      signIn({
        ...(kind === 'root' ? { email: email.trim() } : { account: account.trim(), userName: userName.trim() }),
        password,
        ...(mustChange && { newPassword }),
        ...(asksForCode && { secondFactor: { serialNumber: device, tokenCode: code.trim() } }),
      }),
    onSuccess: async ({ state, devices: enabled = devices }) => {
      setDevices(enabled);
      if (state !== 'signed-in') return;
      if (kind === 'user') localStorage.setItem(LAST_ACCOUNT, account.trim());
      await queries.resetQueries({ queryKey: SESSION_KEY });
      await navigate(ownPath(parameters.get('next')), { replace: true });
    },
  });
  // Of the new password, where one is due.
  const [rules, setRules] = useState<PasswordRules>();
  const mustChange = rules !== undefined;
  if (!mustChange && attempt.data?.passwordRules !== undefined) setRules(attempt.data.passwordRules);
  const asksForPassword = mustChange && !asksForCode;
  const asksForName = !mustChange && !asksForCode;
  const mismatch = asksForPassword && (newPassword === '' || repeated !== newPassword);

  return (
    <EntrancePage>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!mismatch) attempt.mutate();
        }}
      >
        <Container
          header={
            <Header
              variant="h1"
              description={
                asksForName
                  ? undefined
                  : kind === 'root'
                    ? `Root user ${email}`
                    : `Account ${account}, user ${userName}`
              }
            >
              {asksForCode ? 'Multi-factor authentication' : mustChange ? 'Change your password' : 'Sign in'}
            </Header>
          }
        >
          <Form
            actions={
              <Button variant="primary" formAction="submit" loading={attempt.isPending} disabled={mismatch}>
                {asksForPassword ? 'Confirm password change' : 'Sign in'}
              </Button>
            }
          >
            <SpaceBetween size="l">
              {asksForName && (
                <RadioGroup
                  ariaLabel="Kind of user"
                  value={kind}
                  onChange={({ detail }) => {
                    setKind(detail.value as Kind);
                    attempt.reset();
                  }}
                  items={[
                    { value: 'root', label: 'Root user', description: 'Owner of the account, by email address' },
                    { value: 'user', label: 'IAM user', description: 'User within an account' },
                  ]}
                />
              )}
              {asksForName && kind === 'root' && (
                <FormField label="Root user email address">
                  <Input
                    type="email"
                    autoComplete="username"
                    value={email}
                    onChange={({ detail }) => setEmail(detail.value)}
                  />
                </FormField>
              )}
              {asksForName && kind === 'user' && (
                <SpaceBetween size="l">
                  <FormField label="Account ID (12 digits) or account alias">
                    <Input
                      autoComplete="organization"
                      value={account}
                      onChange={({ detail }) => setAccount(detail.value)}
                    />
                  </FormField>
                  <FormField label="IAM user name">
                    <Input
                      autoComplete="username"
                      value={userName}
                      onChange={({ detail }) => setUserName(detail.value)}
                    />
                  </FormField>
                </SpaceBetween>
              )}
              {asksForName && (
                <FormField label="Password">
                  <Input
                    type="password"
                    autoComplete="current-password"
                    value={password}
                    onChange={({ detail }) => setPassword(detail.value)}
                  />
                </FormField>
              )}
              {rules !== undefined && asksForPassword && (
                <SpaceBetween size="l">
                  <Box>Your administrator asks you to choose a new password before you go on.</Box>
                  <NewPasswordFields
                    label="New password"
                    rules={rules}
                    password={newPassword}
                    onPassword={setNewPassword}
                    repeated={repeated}
                    onRepeated={setRepeated}
                    autoFocus
                  />
                </SpaceBetween>
              )}
              {asksForCode && (
                <SecondFactorFields
                  devices={devices}
                  device={device}
                  onDevice={setChosenDevice}
                  code={code}
                  onCode={setCode}
                  refusal={attempt.data?.reason}
                />
              )}
              <ErrorAlert error={attempt.error} />
            </SpaceBetween>
          </Form>
        </Container>
      </form>
      {asksForName && <SignUpLink />}
    </EntrancePage>
  );
}

/** Only where a new account can be made; its room is kept, so that nothing moves when the answer comes. */
function SignUpLink() {
  const { data } = useQuery({ queryKey: ['sign-up-state'], queryFn: signUpState, retry: false });
  const navigate = useNavigate();
  const path = '/console/sign-up';
  return (
    <div className="under-entrance">
      {data?.isOpen && (
        <Button
          href={path}
          fullWidth
          onFollow={(event) => {
            event.preventDefault();
            void navigate(path);
          }}
        >
          Create a new account
        </Button>
      )}
    </div>
  );
}

/** A path of the console's own: nothing that an address from elsewhere could lead out with. */
function ownPath(path: string | null): string {
  return path?.startsWith('/console/') ? path : '/console/home';
}
