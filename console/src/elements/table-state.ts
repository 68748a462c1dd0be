import { useCallback, useEffect, useState } from 'react';
import { useNavigation, useSearchParams } from 'react-router';
import {
  type AddressedTable,
  boundedFilter,
  type Sorting,
  type TableState,
  tableStateOf,
  withTableState,
} from './table-address.ts';

interface HeldState {
  readonly state: TableState;
  /** Another filter or sorting begins at the first page. */
  readonly change: (part: Partial<TableState>) => void;
  /** Nobody is typing any more: what the address does not tell yet, it tells from now on. */
  readonly settle: () => void;
}

/** In milliseconds: browsers refuse a page that changes its address with each letter, and a long list is slow to. */
const TYPING_PAUSE = 300;
const NO_PARAMETERS = new URLSearchParams();

/**
 * The filter, sorting and page of a table, which the page's address tells, so that a link leads to the table as it is and
 * Back to it as it was. The address follows what somebody does in the table, in the place of the one before; the table
 * follows the address where it changes otherwise.
 *
 * @param isAddressed whether it is so; else the state is of the table alone, and ends with it
 */
export function useTableState(table: AddressedTable, isAddressed = true): HeldState {
  const [parameters, setParameters] = useSearchParams();
  const isIdle = useNavigation().state === 'idle';
  const addressed = tableStateOf(isAddressed ? parameters : NO_PARAMETERS, table);
  const [state, setState] = useState(addressed);
  const there = textOf(table, addressed);
  const [seen, setSeen] = useState(there);
  // What the address was asked to be, and may not be yet: letters that are typed meanwhile are kept.
  const [asked, setAsked] = useState(there);
  if (there !== seen) {
    setSeen(there);
    setAsked(there);
    if (there !== asked) setState(addressed);
  }
  const tell = useCallback(
    (told: TableState) => {
      setAsked(textOf(table, told));
      setParameters((earlier) => withTableState(earlier, table, told), { replace: true, preventScrollReset: true });
    },
    [table, setParameters],
  );
  const isUntold = isAddressed && textOf(table, state) !== there;
  useEffect(() => {
    // On the way to another page, the address is that one's to change.
    if (!isUntold || !isIdle) return undefined;
    const timer = setTimeout(() => tell(state), TYPING_PAUSE);
    return () => clearTimeout(timer);
  }, [isUntold, isIdle, tell, state]);
  return {
    state,
    change: (part) => {
      const later = { ...state, page: 1, ...part };
      const bounded = { ...later, filter: boundedFilter(later.filter) };
      setState(bounded);
      if (isAddressed && part.filter === undefined) tell(bounded);
    },
    settle: () => {
      if (isUntold) tell(state);
    },
  };
}

function textOf(table: AddressedTable, state: TableState): string {
  return String(withTableState(NO_PARAMETERS, table, state));
}

/** How the address says that a table is to be sorted, for who asks for its items in that order. */
export function useAddressedSorting(table: AddressedTable): Sorting | undefined {
  const [parameters] = useSearchParams();
  return tableStateOf(parameters, table).sorting;
}
