import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { GroupChoice } from './groups/group-choice.tsx';
import { isEmpty, noPermissions, type Permissions } from './permissions.ts';
import { PolicyChoice } from './policies/policy-choice.tsx';
import { listAttachedPolicies } from './policies/policy-holders.ts';
import { listGroupsOf, listUsers } from './users.ts';

interface PermissionsChoiceProps {
  readonly permissions: Permissions;
  readonly onChange: (permissions: Permissions) => void;
}

/** The three ways of the IAM console: a group, another user's permissions, or policies directly. */
export function PermissionsChoice({ permissions, onChange }: PermissionsChoiceProps) {
  const { way, groupNames, policies } = permissions;
  return (
    <SpaceBetween size="l">
      <Tiles
        ariaLabel="Permissions options"
        value={way}
        onChange={({ detail }) => onChange({ ...noPermissions, way: detail.value as Permissions['way'] })}
        items={[
          { value: 'group', label: 'Add user to group', description: 'Permissions that the members of a group share' },
          { value: 'copy', label: 'Copy permissions', description: 'The groups and managed policies of another user' },
          {
            value: 'attach',
            label: 'Attach existing policies directly',
            description: 'Managed policies, for this user alone',
          },
        ]}
      />
      {way === 'attach' && (
        <PolicyChoice selected={policies} onSelect={(chosen) => onChange({ ...permissions, policies: chosen })} />
      )}
      {way === 'group' && (
        <GroupChoice selected={groupNames} onSelect={(names) => onChange({ ...permissions, groupNames: names })} />
      )}
      {way === 'copy' && <CopiedUserChoice permissions={permissions} onChange={onChange} />}
    </SpaceBetween>
  );
}

function CopiedUserChoice({ permissions, onChange }: PermissionsChoiceProps) {
  const iam = useIam();
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const copy = useChange(
    (user: string) =>
      Promise.all([user, listGroupsOf(iam, user), listAttachedPolicies(iam, { kind: 'user', name: user })]),
    ([copiedUser, groups, attached]) =>
      onChange({
        way: 'copy',
        copiedUser,
        groupNames: groups.map(({ GroupName = '' }) => GroupName),
        policies: new Map(attached.map(({ PolicyName = '', PolicyArn = '' }) => [PolicyArn, PolicyName])),
      }),
  );
  const { copiedUser } = permissions;
  return (
    <SpaceBetween size="m">
      <FormField label="User whose permissions are copied" description="Inline policies are not copied.">
        <Select
          placeholder="Choose a user"
          filteringType="auto"
          empty={users.error === null ? 'No users' : 'The users cannot be told'}
          statusType={users.isPending ? 'loading' : 'finished'}
          selectedOption={copiedUser === undefined ? null : { value: copiedUser, label: copiedUser }}
          options={users.data?.map(({ UserName: value = '' }) => ({ value, label: value })) ?? []}
          onChange={({ detail }) => copy.mutate(detail.selectedOption.value ?? '')}
        />
      </FormField>
      <ErrorAlert error={users.error ?? copy.error} />
      {copiedUser !== undefined && <PermissionsSummary permissions={permissions} />}
    </SpaceBetween>
  );
}

export function PermissionsSummary({ permissions }: { readonly permissions: Permissions }) {
  const { groupNames, policies } = permissions;
  if (isEmpty(permissions)) return <Box>No permissions</Box>;
  return (
    <Details
      items={[
        { label: 'Groups', value: groupNames.join(', ') || '-' },
        { label: 'Managed policies', value: [...policies.values()].join(', ') || '-' },
      ]}
    />
  );
}
