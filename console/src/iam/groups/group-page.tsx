import { UpdateGroupCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { Details } from '../../elements/details.tsx';
import { Copyable } from '../../elements/secret.tsx';
import { TextModal } from '../../elements/text-modal.tsx';
import { formatTime } from '../../elements/times.ts';
import { useAddress } from '../../frame/addresses.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { usePage } from '../../frame/page-context.ts';
import { HolderPermissions } from '../policies/holder-permissions.tsx';
import { ResourcePage } from '../resource-page.tsx';
import { DeleteGroupModal } from './delete-group-modal.tsx';
import { GroupMembers } from './group-members.tsx';
import { groupPath, readGroup } from './groups.ts';

export function Component() {
  const { name = '' } = useParams();
  usePage(name, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'User groups', path: '/iam/groups' },
    { text: name, path: groupPath(name) },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [dialog, setDialog] = useState<'rename' | 'delete'>();
  const read = useRead(['iam', 'GetGroup', name], () => readGroup(iam, name));
  const group = read.data?.group;
  return (
    <ResourcePage
      name={name}
      noun="user group"
      list={{ title: 'User groups', path: '/iam/groups' }}
      actions={
        <>
          <Button onClick={() => setDialog('delete')}>Delete</Button>
          <Button onClick={() => setDialog('rename')}>Edit</Button>
        </>
      }
      summary={
        <Details
          columns={2}
          items={[
            { label: 'ARN', value: <Copyable name="ARN" value={group?.Arn} /> },
            { label: 'Created', value: group && formatTime(group.CreateDate) },
          ]}
        />
      }
      error={read.error}
      tabs={[
        { id: 'users', label: 'Users', content: <GroupMembers groupName={name} read={read} /> },
        {
          id: 'permissions',
          label: 'Permissions',
          content: (
            <HolderPermissions
              holder={{ kind: 'group', name }}
              empty="No policies: the group gives its users nothing yet. Attach policies, such as AWSCodeCommitPowerUser."
            />
          ),
        },
      ]}
    >
      {dialog === 'delete' && (
        <DeleteGroupModal
          groupName={name}
          leavesPage
          onDone={() => void navigate(address('/iam/groups'))}
          onDismiss={() => setDialog(undefined)}
        />
      )}
      {dialog === 'rename' && (
        <TextModal
          title={`Rename ${name}`}
          label="User group name"
          description="The group keeps its users and policies. Policies that name its ARN do not follow."
          text={name}
          save={(NewGroupName) => iam.send(new UpdateGroupCommand({ GroupName: name, NewGroupName }))}
          leavesPage
          onSaved={(newName) => {
            notify(`User group ${name} is now called ${newName}.`);
            setDialog(undefined);
            void navigate(address(groupPath(newName)), { replace: true });
          }}
          onDismiss={() => setDialog(undefined)}
        />
      )}
    </ResourcePage>
  );
}
