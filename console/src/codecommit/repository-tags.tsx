import { ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-codecommit';
import { useCodeCommit } from '../api/codecommit.ts';
import { useRead } from '../api/queries.ts';
import { TagsContainer } from '../elements/tags-container.tsx';
import { tagRecord } from '../elements/tags-field.tsx';

export function RepositoryTags({ arn: resourceArn }: { readonly arn: string }) {
  const client = useCodeCommit();
  const tags = useRead(['codecommit', 'ListTagsForResource', resourceArn], async () => {
    const answer = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    return Object.entries(answer.tags ?? {}).map(([key, value]) => ({ key, value }));
  });
  return (
    <TagsContainer
      tags={tags.data}
      error={tags.error}
      save={async (saved, removed) => {
        if (removed.length > 0) await client.send(new UntagResourceCommand({ resourceArn, tagKeys: [...removed] }));
        if (saved.length > 0) await client.send(new TagResourceCommand({ resourceArn, tags: tagRecord(saved) }));
      }}
    />
  );
}
