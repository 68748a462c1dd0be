import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { type ReactNode, useMemo, useRef } from 'react';
import { ErrorAlert } from './error-alert.tsx';
import type { TableState } from './table-address.ts';
import { useTableState } from './table-state.ts';
import { sortableOf, sortedBy, viewOf } from './table-view.ts';

export interface ResourceTableProps<Item> {
  /** What the items are, in the plural: "Users". */
  readonly title: string;
  /** Unique on the page, where that has several tables: begins the names of this one's parameters in the address. */
  readonly name?: string;
  /** Whether it is a part of a form or a dialog, of which no address tells what somebody has done in it so far. */
  readonly isChoice?: boolean;
  readonly headingTag?: 'h1' | 'h2' | 'h3';
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly items: readonly Item[] | undefined;
  readonly isLoading: boolean;
  /** Whether more items are still to come; they are then counted as so many and more. */
  readonly isComplete?: boolean;
  readonly error: Error | null;
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  /** Whether the items come in the order that the address asks for: see useAddressedSorting. */
  readonly isSorted?: boolean;
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
const NO_ITEMS: readonly never[] = [];
/** What is narrower falls to pieces: a table scrolls to the side instead, in pixels. */
const NARROWEST_NAME = 180;
const NARROWEST = 150;

/** A list with its filter, sorting and pages, which the address tells, and in its place what stands in the way of it. */
export function ResourceTable<Item>(properties: ResourceTableProps<Item>) {
  const { title, name, items = NO_ITEMS, idOf, textOf, selection, error, variant } = properties;
  const { pageSize = PAGE_SIZE, isComplete = true, isChoice = false, isSorted = false } = properties;
  const columns = useMemo(() => properties.columns.map(wideEnough), [properties.columns]);
  const labelOf = properties.labelOf ?? idOf;
  const addressed = useMemo(() => ({ name, sortable: sortableOf(properties.columns) }), [name, properties.columns]);
  const { state, change, settle } = useTableState(addressed, !isChoice);
  const { filter, sorting } = state;
  const sortingColumn = columns.find(({ id }) => id === sorting?.columnId);
  const isDescending = sorting?.isDescending ?? false;
  const ordered = useMemo(
    () => (isSorted || sortingColumn === undefined ? items : sortedBy(items, sortingColumn, isDescending)),
    [items, isSorted, sortingColumn, isDescending],
  );
  const view = viewOf(ordered, { filter, textOf, page: state.page, pageSize });
  const table = useRef<TableProps.Ref>(null);
  const act = (part: Partial<TableState>) => {
    change(part);
    table.current?.scrollToTop();
  };
  // Its page is still to come.
  const isAwaited = !isComplete && error === null && state.page > view.pages;
  const known = properties.items === undefined ? undefined : `(${items.length}${isComplete ? '' : '+'})`;
  // It has its place from the beginning, as the filter does below.
  const count = properties.isLoading ? '(…)' : known;
  // It has its place from the beginning, so that nothing jumps when the items come.
  const hasFilter = textOf !== undefined && (items.length > 0 || properties.isLoading);
  // Some have come, and then no more could.
  const isCutShort = error !== null && items.length > 0;
  const empty = <Empty>{items.length === 0 ? properties.empty : 'Nothing matches the filter.'}</Empty>;
  return (
    <Table<Item>
      ref={table}
      sortingColumn={sortingColumn ?? {}}
      sortingDescending={isDescending}
      onSortingChange={({ detail: { sortingColumn: chosen, isDescending: isTurned = false } }) => {
        const columnId = columns.find((column) => column === chosen)?.id;
        if (columnId !== undefined) act({ sorting: { columnId, isDescending: isTurned } });
      }}
      firstIndex={(view.page - 1) * pageSize + 1}
      totalItemsCount={view.count}
      {...(variant !== undefined && { variant })}
      items={isAwaited ? [] : view.shown}
      columnDefinitions={columns}
      trackBy={idOf}
      wrapLines
      loading={properties.isLoading || isAwaited}
      loadingText={`Loading ${inSentence(title)}`}
      empty={error === null ? empty : <ErrorAlert error={error} />}
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
              <search onBlur={settle}>
                <TextFilter
                  filteringText={filter}
                  onChange={({ detail }) => act({ filter: detail.filteringText })}
                  disabled={properties.isLoading}
                  filteringPlaceholder={`Find ${inSentence(title)}`}
                  filteringAriaLabel={`Find ${inSentence(title)}`}
                  countText={`${view.count} matches`}
                />
              </search>
            )}
          </SpaceBetween>
        )
      }
      pagination={
        items.length > pageSize && (
          <Pagination
            currentPageIndex={isAwaited ? state.page : view.page}
            pagesCount={view.pages}
            openEnd={!isComplete}
            onChange={({ detail }) => act({ page: detail.currentPageIndex })}
          />
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
  const { header, isRowHeader = false, cell } = column;
  return {
    minWidth: isRowHeader ? NARROWEST_NAME : NARROWEST,
    ...column,
    ...(isRowHeader && { cell: (item) => <span className="breakable">{cell(item)}</span> }),
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
