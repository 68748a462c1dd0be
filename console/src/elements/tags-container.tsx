import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChange } from '../api/queries.ts';
import { LoadingLine } from '../frame/loading.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { filledTags, type Tag, TagsField } from './tags-field.tsx';

interface TagsContainerProps {
  /** Undefined while they are still coming. */
  readonly tags: readonly Tag[] | undefined;
  readonly error: Error | null;
  /** @param removed keys that are to go */
  readonly save: (tags: readonly Tag[], removed: readonly string[]) => Promise<void>;
}

/** The tags of a resource, changed together. */
export function TagsContainer({ tags, error, save }: TagsContainerProps) {
  const notify = useNotify();
  const [edited, setEdited] = useState<readonly Tag[]>();
  const saving = useChange(
    async () => {
      const kept = filledTags(edited ?? []);
      const keys = new Set(kept.map(({ key }) => key));
      const removed = (tags ?? []).map(({ key }) => key).filter((key) => !keys.has(key));
      await save(kept, removed);
    },
    () => {
      setEdited(undefined);
      notify('Tags saved.');
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Labels that policies can ask for"
          actions={
            <Button
              disabled={edited === undefined}
              disabledReason="There is no change to save."
              loading={saving.isPending}
              onClick={() => saving.mutate(undefined)}
            >
              Save tags
            </Button>
          }
        >
          Tags
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error === null && (
          <div className="tags">
            {/* Before they have come, a change would be one of no tags, and saving it would remove them. */}
            {tags === undefined ? (
              <LoadingLine what="tags" />
            ) : (
              <TagsField isLabelled={false} tags={edited ?? tags} onChange={setEdited} />
            )}
          </div>
        )}
        <ErrorAlert error={error ?? saving.error} />
      </SpaceBetween>
    </Container>
  );
}
