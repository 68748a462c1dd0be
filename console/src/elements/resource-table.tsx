import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { type ReactNode, useMemo } from 'react';
import { ErrorAlert } from './error-alert.tsx';

/** The column that items are sorted by, by its ID. */
export interface Sorting {
  readonly columnId: string;
  readonly isDescending: boolean;
}

export interface ResourceTableProps<Item> {
  /** What the items are, in the plural: "Users". */
  readonly title: string;
  readonly headingTag?: 'h1' | 'h2' | 'h3';
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly items: readonly Item[] | undefined;
  readonly isLoading: boolean;
  /** Whether more items are still to come; they are then counted as so many and more. */
  readonly isComplete?: boolean;
  readonly error: Error | null;
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  /** Where the items come sorted: how, and who is to sort them otherwise. Without it, the table sorts them itself. */
  readonly sorting?: Sorting & { readonly onChange: (sorting: Sorting) => void };
  /** Unique among the items. */
  readonly idOf: (item: Item) => string;
  /** What an item is called to who chooses it; by default its ID. */
  readonly labelOf?: (item: Item) => string;
  /** What the filter looks at; without it there is no filter. */
  readonly textOf?: ((item: Item) => string) | undefined;
  /** Instead of an empty table: what to do next. */
  readonly empty: ReactNode;
  readonly selection?: {
    readonly kind: 'single' | 'multi';
    readonly selected: readonly Item[];
    readonly onSelect: (items: Item[]) => void;
  };
  readonly variant?: TableProps.Variant;
  readonly pageSize?: number;
}

const PAGE_SIZE = 50;
/** What is narrower falls to pieces: a table scrolls to the side instead, in pixels. */
const NARROWEST_NAME = 180;
const NARROWEST = 150;

/** A list with its filter, sorting and pages, and in its place what stands in the way of it. */
export function ResourceTable<Item>(properties: ResourceTableProps<Item>) {
  const { title, items = [], sorting, idOf, textOf, selection, error, variant } = properties;
  const { pageSize = PAGE_SIZE } = properties;
  const columns = useMemo(() => properties.columns.map(wideEnough), [properties.columns]);
  const labelOf = properties.labelOf ?? idOf;
  const sorted = columns.find((column) => column.sortingField !== undefined || column.sortingComparator !== undefined);
  const collection = useCollection(items, {
    filtering: {
      filteringFunction: (item, text) => (textOf?.(item) ?? '').toLowerCase().includes(text.trim().toLowerCase()),
      empty: <Empty>{properties.empty}</Empty>,
      noMatch: <Empty>Nothing matches the filter.</Empty>,
    },
    pagination: { pageSize },
    ...(sorting === undefined && {
      sorting: sorted === undefined ? {} : { defaultState: { sortingColumn: sorted } },
    }),
  });
  const more = properties.isComplete === false ? '+' : '';
  const known = properties.items === undefined ? undefined : `(${items.length}${more})`;
  // It has its place from the beginning, as the filter does below.
  const count = properties.isLoading ? '(…)' : known;
  // It has its place from the beginning, so that nothing jumps when the items come.
  const hasFilter = textOf !== undefined && (items.length > 0 || properties.isLoading);
  // Some have come, and then no more could.
  const isCutShort = error !== null && items.length > 0;
  return (
    <Table<Item>
      {...collection.collectionProps}
      {...(sorting !== undefined && {
        sortingColumn: columns.find(({ id }) => id === sorting.columnId) ?? {},
        sortingDescending: sorting.isDescending,
        onSortingChange: ({ detail: { sortingColumn, isDescending = false } }) => {
          const columnId = columns.find(({ sortingField }) => sortingField === sortingColumn.sortingField)?.id ?? '';
          sorting.onChange({ columnId, isDescending });
          collection.actions.setCurrentPage(1);
        },
      })}
      {...(variant !== undefined && { variant })}
      items={collection.items}
      columnDefinitions={columns}
      trackBy={idOf}
      wrapLines
      loading={properties.isLoading}
      loadingText={`Loading ${inSentence(title)}`}
      empty={error === null ? collection.collectionProps.empty : <ErrorAlert error={error} />}
      {...(selection !== undefined && {
        selectionType: selection.kind,
        selectedItems: [...selection.selected],
        onSelectionChange: ({ detail }) => selection.onSelect(detail.selectedItems),
        ariaLabels: {
          selectionGroupLabel: `Choose from ${inSentence(title)}`,
          itemSelectionLabel: (_data, item) => labelOf(item),
          allItemsSelectionLabel: () => `All ${inSentence(title)}`,
        },
      })}
      header={
        <Header
          variant={properties.headingTag ?? 'h2'}
          {...(variant === 'full-page' && { variant: 'awsui-h1-sticky' })}
          {...(count !== undefined && { counter: count })}
          description={properties.description}
          actions={<div className="actions">{properties.actions}</div>}
        >
          {title}
        </Header>
      }
      filter={
        (hasFilter || isCutShort) && (
          <SpaceBetween size="s">
            {isCutShort && <ErrorAlert error={error} />}
            {hasFilter && (
              <TextFilter
                {...collection.filterProps}
                disabled={properties.isLoading}
                filteringPlaceholder={`Find ${inSentence(title)}`}
                filteringAriaLabel={`Find ${inSentence(title)}`}
                countText={`${collection.filteredItemsCount ?? 0} matches`}
              />
            )}
          </SpaceBetween>
        )
      }
      pagination={
        items.length > pageSize && (
          <Pagination {...collection.paginationProps} openEnd={properties.isComplete === false} />
        )
      }
    />
  );
}

/** "users" of "Users"; but "Git tags" and "AWS managed keys" begin with a name. */
function inSentence(title: string): string {
  return /^(?!Git )[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function wideEnough<Item>(column: TableProps.ColumnDefinition<Item>): TableProps.ColumnDefinition<Item> {
  const { header, isRowHeader = false } = column;
  return {
    minWidth: isRowHeader ? NARROWEST_NAME : NARROWEST,
    ...column,
    header: <span className="one-line">{header}</span>,
  };
}

function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 'm' }}>
      {children}
    </Box>
  );
}
