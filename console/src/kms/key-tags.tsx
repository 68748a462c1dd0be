import { ListResourceTagsCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-kms';
import { useKms } from '../api/kms.ts';
import { allOf } from '../api/pages-of.ts';
import { useRead } from '../api/queries.ts';
import { TagsContainer } from '../elements/tags-container.tsx';

export function KeyTags({ keyId: KeyId }: { readonly keyId: string }) {
  const kms = useKms();
  const tags = useRead(['kms', 'ListResourceTags', KeyId], async () => {
    const all = await allOf(async (Marker) => {
      const page = await kms.send(new ListResourceTagsCommand({ KeyId, Marker }));
      return { items: page.Tags, marker: page.NextMarker };
    });
    return all.map(({ TagKey = '', TagValue = '' }) => ({ key: TagKey, value: TagValue }));
  });
  return (
    <TagsContainer
      tags={tags.data}
      error={tags.error}
      save={async (saved, removed) => {
        if (removed.length > 0) await kms.send(new UntagResourceCommand({ KeyId, TagKeys: [...removed] }));
        const Tags = saved.map(({ key, value }) => ({ TagKey: key, TagValue: value }));
        if (Tags.length > 0) await kms.send(new TagResourceCommand({ KeyId, Tags }));
      }}
    />
  );
}
