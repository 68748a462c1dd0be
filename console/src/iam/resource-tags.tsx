import type { Tag as IamTag } from '@aws-sdk/client-iam';
import { useRead } from '../api/queries.ts';
import { TagsContainer } from '../elements/tags-container.tsx';
import { iamTags } from './tags.ts';

interface ResourceTagsProps {
  /** Which operation lists them, and of what: for the cache. */
  readonly listing: string;
  readonly of: string;
  readonly list: () => Promise<{ Tags?: IamTag[] | undefined }>;
  readonly tag: (Tags: IamTag[]) => Promise<unknown>;
  readonly untag: (TagKeys: string[]) => Promise<unknown>;
}

/** The tags of a user, role or policy. */
export function ResourceTags({ listing, of, list, tag, untag }: ResourceTagsProps) {
  const tags = useRead(['iam', listing, of], async () => {
    const { Tags = [] } = await list();
    return Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));
  });
  return (
    <TagsContainer
      tags={tags.data}
      error={tags.error}
      save={async (saved, removed) => {
        if (removed.length > 0) await untag([...removed]);
        const { Tags } = iamTags(saved);
        if (Tags !== undefined) await tag(Tags);
      }}
    />
  );
}
