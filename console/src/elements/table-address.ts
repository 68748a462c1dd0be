/** The column that a table is sorted by, by its ID. */
export interface Sorting {
  readonly columnId: string;
  readonly isDescending: boolean;
}

/** How somebody has left a table. */
export interface TableState {
  readonly filter: string;
  /** Undefined: in the order that its items come in. */
  readonly sorting: Sorting | undefined;
  /** From 1; it may be beyond the last one. */
  readonly page: number;
}

/** What the address of a page can tell of a table. */
export interface AddressedTable {
  /** Begins the names of the table's parameters: `policies-filter`. Without it they are `filter`, `sort` and `page`. */
  readonly name?: string | undefined;
  /** The IDs of the columns that it can be sorted by: the first one is, unless somebody asks for another. */
  readonly sortable: readonly string[];
}

/** In characters: names are at most as long. Whoever pastes a text would make an address that no server takes. */
export const LONGEST_FILTER = 256;
const PAGE_NUMBER = /^[1-9]\d{0,5}$/;

/** The state of a table that the address names: `?filter=dev&sort=-created&page=3`. Whatever makes no sense is passed over. */
export function tableStateOf(parameters: URLSearchParams, { name, sortable }: AddressedTable): TableState {
  const of = (parameter: string) => parameters.get(parameterName(name, parameter)) ?? '';
  const [, minus, columnId = ''] = /^(-?)(.*)$/.exec(of('sort')) ?? [];
  const page = of('page');
  return {
    filter: boundedFilter(of('filter')),
    sorting: sortable.includes(columnId) ? { columnId, isDescending: minus === '-' } : usualSorting(sortable),
    page: PAGE_NUMBER.test(page) ? Number(page) : 1,
  };
}

/** The parameters with the state of a table among them; what is as usual has none. */
export function withTableState(parameters: URLSearchParams, table: AddressedTable, state: TableState): URLSearchParams {
  const usual = sortText(usualSorting(table.sortable));
  const sort = sortText(state.sorting);
  const later = new URLSearchParams(parameters);
  const put = (parameter: string, value: string) => {
    const full = parameterName(table.name, parameter);
    if (value === '') later.delete(full);
    else later.set(full, value);
  };
  put('filter', boundedFilter(state.filter));
  put('sort', sort === usual ? '' : sort);
  put('page', state.page === 1 ? '' : String(state.page));
  return later;
}

/** As much of a text as a table is filtered by. */
export function boundedFilter(text: string): string {
  return text.length > LONGEST_FILTER ? [...text].slice(0, LONGEST_FILTER).join('') : text;
}

function parameterName(name: string | undefined, parameter: string): string {
  return name === undefined ? parameter : `${name}-${parameter}`;
}

function usualSorting([columnId]: readonly string[]): Sorting | undefined {
  return columnId === undefined ? undefined : { columnId, isDescending: false };
}

function sortText(sorting: Sorting | undefined): string {
  return sorting === undefined ? '' : `${sorting.isDescending ? '-' : ''}${sorting.columnId}`;
}
