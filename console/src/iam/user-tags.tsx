import { ListUserTagsCommand, TagUserCommand, UntagUserCommand } from '@aws-sdk/client-iam';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { TagsContainer } from '../elements/tags-container.tsx';

export function UserTags({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const tags = useRead(['iam', 'ListUserTags', UserName], async () => {
    const { Tags = [] } = await iam.send(new ListUserTagsCommand({ UserName }));
    return Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));
  });
  return (
    <TagsContainer
      tags={tags.data}
      error={tags.error}
      save={async (saved, removed) => {
        if (removed.length > 0) await iam.send(new UntagUserCommand({ UserName, TagKeys: [...removed] }));
        const Tags = saved.map(({ key, value }) => ({ Key: key, Value: value }));
        if (Tags.length > 0) await iam.send(new TagUserCommand({ UserName, Tags }));
      }}
    />
  );
}
