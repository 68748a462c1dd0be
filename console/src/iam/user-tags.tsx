import { ListUserTagsCommand, TagUserCommand, UntagUserCommand } from '@aws-sdk/client-iam';
import { useIam } from '../api/iam.ts';
import { ResourceTags } from './resource-tags.tsx';

export function UserTags({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  return (
    <ResourceTags
      listing="ListUserTags"
      of={UserName}
      list={() => iam.send(new ListUserTagsCommand({ UserName }))}
      tag={(Tags) => iam.send(new TagUserCommand({ UserName, Tags }))}
      untag={(TagKeys) => iam.send(new UntagUserCommand({ UserName, TagKeys }))}
    />
  );
}
