import type { TableProps } from '@cloudscape-design/components/table';

type Column<Item> = Pick<TableProps.ColumnDefinition<Item>, 'sortingField' | 'sortingComparator'>;

/** What a table shows of its items. */
export interface TableView<Item> {
  readonly shown: readonly Item[];
  /** How many of all items are on one page or another. */
  readonly count: number;
  readonly pages: number;
  /** From 1: the one asked for, or the last one before it. */
  readonly page: number;
}

const collator = new Intl.Collator();

/** The IDs of the columns that a table can be sorted by. */
export function sortableOf<Item>(columns: readonly TableProps.ColumnDefinition<Item>[]): readonly string[] {
  const sortable = columns.filter((column) => (column.sortingField ?? column.sortingComparator) !== undefined);
  return sortable.map(({ id = '' }) => id);
}

/** The items in the order of a column. Those that are equal in it stay in theirs. */
export function sortedBy<Item>(items: readonly Item[], column: Column<Item>, isDescending: boolean): readonly Item[] {
  const { sortingField, sortingComparator } = column;
  const field = sortingField as keyof Item;
  const compare = sortingComparator ?? ((one: Item, other: Item) => compared(one[field], other[field]));
  return items.toSorted(isDescending ? (one, other) => compare(other, one) : compare);
}

/** One page of the items that have a text in theirs, upper case or lower. */
export function viewOf<Item>(
  items: readonly Item[],
  { filter, textOf, page, pageSize }: ViewOptions<Item>,
): TableView<Item> {
  const text = filter.trim().toLowerCase();
  const isAll = text === '' || textOf === undefined;
  const matching = isAll ? items : items.filter((item) => textOf(item).toLowerCase().includes(text));
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const at = Math.min(page, pages);
  return { shown: matching.slice((at - 1) * pageSize, at * pageSize), count: matching.length, pages, page: at };
}

interface ViewOptions<Item> {
  readonly filter: string;
  /** Without it all match. */
  readonly textOf: ((item: Item) => string) | undefined;
  readonly page: number;
  readonly pageSize: number;
}

/** Texts as people sort them, times and numbers by their size, and what is not there before all. */
function compared(one: unknown, other: unknown): number {
  if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
  if (typeof one === 'string' && typeof other === 'string') return collator.compare(one, other);
  return Number(one) - Number(other);
}
