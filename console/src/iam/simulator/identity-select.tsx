import FormField from '@cloudscape-design/components/form-field';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { UserText } from '../../elements/user-text.tsx';
import { listGroups } from '../groups/groups.ts';
import { listRoles } from '../roles/roles.ts';
import { listUsers } from '../users.ts';
import { holderOfArn } from './deciding-policies.ts';

interface IdentitySelectProps {
  readonly arn: string;
  readonly onChoose: (arn: string) => void;
  readonly errorText: string | undefined;
}

/** A user, group or role of the account. Those of a kind that the caller may not list are left out, and it is told why. */
export function IdentitySelect({ arn, onChoose, errorText }: IdentitySelectProps) {
  const iam = useIam();
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const groups = useRead(['iam', 'ListGroups'], () => listGroups(iam));
  const roles = useRead(['iam', 'ListRoles'], () => listRoles(iam));
  const options: SelectProps.OptionGroup[] = [
    {
      label: 'Users',
      options: users.data?.map(({ UserName = '', Arn = '' }) => ({ label: UserName, value: Arn })) ?? [],
    },
    {
      label: 'User groups',
      options: groups.data?.map(({ GroupName = '', Arn = '' }) => ({ label: GroupName, value: Arn })) ?? [],
    },
    {
      label: 'Roles',
      options: roles.data?.map(({ RoleName = '', Arn = '' }) => ({ label: RoleName, value: Arn })) ?? [],
    },
  ].filter((group) => group.options.length > 0);
  const refusal = users.error ?? groups.error ?? roles.error;
  return (
    <FormField
      label="User, group or role"
      description="A user's groups and permissions boundary count too."
      errorText={errorText}
      warningText={
        refusal !== null && (
          <span className="wrapping">
            <UserText>{refusal.message}</UserText>
          </span>
        )
      }
    >
      <Select
        placeholder="Choose an identity"
        filteringType="auto"
        virtualScroll
        empty={refusal === null ? 'No users, groups or roles in this account yet' : 'None that may be listed'}
        statusType={users.isPending || groups.isPending || roles.isPending ? 'loading' : 'finished'}
        selectedOption={arn === '' ? null : { value: arn, label: holderOfArn(arn).name }}
        options={options}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );
}
