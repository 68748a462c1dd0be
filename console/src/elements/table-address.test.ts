import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_FILTER, type TableState, tableStateOf, withTableState } from './table-address.ts';

const TABLE = { sortable: ['name', 'last-modified'] };
const USUAL: TableState = { filter: '', sorting: { columnId: 'name', isDescending: false }, page: 1 };

const state: fc.Arbitrary<TableState> = fc.record({
  filter: fc.string({ unit: 'binary', maxLength: LONGEST_FILTER }),
  sorting: fc.record({ columnId: fc.constantFrom(...TABLE.sortable), isDescending: fc.boolean() }),
  page: fc.integer({ min: 1, max: 999_999 }),
});
const parameters = fc
  .array(fc.tuple(fc.constantFrom('region', 'tab', 'lines', 'filter', 'sort', 'page', 'x'), fc.string()))
  .map((entries) => new URLSearchParams(entries));

describe('the state of a table in an address', () => {
  it.each<[string, Partial<TableState>]>([
    ['region=us-east-1', {}],
    [
      'filter=dev&sort=-last-modified&page=3',
      { filter: 'dev', sorting: { columnId: 'last-modified', isDescending: true }, page: 3 },
    ],
    ['sort=last-modified', { sorting: { columnId: 'last-modified', isDescending: false } }],
    ['sort=-name', { sorting: { columnId: 'name', isDescending: true } }],
    ['filter=+a%2Bb%26c+', { filter: ' a+b&c ' }],
    ['filter=one&filter=other', { filter: 'one' }],
    ['page=999999', { page: 999_999 }],
    ['page=1000000', {}],
    ['page=-3', {}],
    ['page=0', {}],
    ['page=1.5', {}],
    ['page=1e3', {}],
    ['page=٣', {}],
    ['page=', {}],
    ['sort=nonsense', {}],
    ['sort=--name', {}],
    ['sort=', {}],
    ['sort=constructor', {}],
    [`sort=${'x'.repeat(10_000)}`, {}],
    [`filter=${'x'.repeat(10_000)}`, { filter: 'x'.repeat(LONGEST_FILTER) }],
    [`filter=${'😀'.repeat(10_000)}`, { filter: '😀'.repeat(LONGEST_FILTER) }],
    ['policies-filter=dev&policies-page=2', {}],
  ])('%#: %.60s', (address, expected) => {
    expect(tableStateOf(new URLSearchParams(address), TABLE)).toEqual({ ...USUAL, ...expected });
  });

  it('is not there while the table is as usual', () => {
    const bare = new URLSearchParams('region=us-east-1&tab=groups');
    expect(String(withTableState(bare, TABLE, USUAL))).toBe(String(bare));
    const left = new URLSearchParams('filter=dev&region=us-east-1&sort=-name&page=2&tab=groups');
    expect(String(withTableState(left, TABLE, USUAL))).toBe(String(bare));
  });

  it('has no sorting where no column has', () => {
    const table = { sortable: [] };
    const read = tableStateOf(new URLSearchParams('sort=name&page=2'), table);
    expect(read).toEqual({ filter: '', sorting: undefined, page: 2 });
    expect(String(withTableState(new URLSearchParams(), table, read))).toBe('page=2');
  });

  it('is read as it was written, beside anything else', () => {
    fc.assert(
      fc.property(
        parameters,
        state,
        fc.option(fc.constantFrom('policies', 'users'), { nil: undefined }),
        (before, written, name) => {
          const table = { ...TABLE, name };
          const after = new URLSearchParams(String(withTableState(before, table, written)));
          expect(tableStateOf(after, table)).toEqual(written);
          for (const other of ['region', 'tab', 'lines', 'x'])
            expect(after.getAll(other)).toEqual(before.getAll(other));
        },
      ),
    );
  });

  it('is that of its table alone', () => {
    fc.assert(
      fc.property(state, state, (one, other) => {
        const [users, policies] = [
          { ...TABLE, name: 'users' },
          { ...TABLE, name: 'policies' },
        ];
        const both = withTableState(withTableState(new URLSearchParams(), users, one), policies, other);
        expect(tableStateOf(both, users)).toEqual(one);
        expect(tableStateOf(both, policies)).toEqual(other);
        expect(tableStateOf(both, TABLE)).toEqual(USUAL);
      }),
    );
  });

  it('makes sense, whatever the address', () => {
    fc.assert(
      fc.property(parameters, (address) => {
        const read = tableStateOf(address, TABLE);
        expect([...read.filter].length).toBeLessThanOrEqual(LONGEST_FILTER);
        expect(TABLE.sortable).toContain(read.sorting?.columnId);
        expect(Number.isInteger(read.page) && read.page >= 1).toBe(true);
        // Nothing is left to be written: the address does not go on changing by itself.
        const settled = withTableState(address, TABLE, read);
        expect(String(withTableState(settled, TABLE, tableStateOf(settled, TABLE)))).toBe(String(settled));
      }),
    );
  });
});
