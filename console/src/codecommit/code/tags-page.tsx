import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { useParams } from 'react-router';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { shortName } from './code-addresses.ts';
import { useCodePage } from './code-page.tsx';
import { commitColumns, NameLink } from './reference-columns.tsx';
import { useAllReferences, useCommitsOf } from './reference-commits.ts';

/** Git makes tags and deletes them: CodeCommit has no operation for it. */
export function Component() {
  const { name = '' } = useParams();
  useCodePage(name, 'Git tags');
  const { data, error, isPending } = useAllReferences(name, 'TAG');
  const commits = useCommitsOf(name, data);
  const columns = useMemo(
    () => [
      {
        id: 'name',
        header: 'Tag name',
        isRowHeader: true,
        sortingField: 'referenceName',
        minWidth: 190,
        cell: (reference: NonNullable<typeof data>[number]) => <NameLink name={name} reference={reference} />,
      },
      ...commitColumns(name, commits.data),
    ],
    [name, commits.data],
  );
  return (
    <SpaceBetween size="m">
      <ErrorAlert error={commits.error} />
      <ResourceTable
        title="Git tags"
        headingTag="h1"
        variant="full-page"
        items={data}
        isLoading={isPending}
        error={error}
        columns={columns}
        idOf={({ referenceName = '' }) => referenceName}
        textOf={({ referenceName = '' }) => shortName(referenceName)}
        empty="No tags: make them with git tag, and push them with git push --tags."
      />
    </SpaceBetween>
  );
}
