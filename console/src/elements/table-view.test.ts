import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortableOf, sortedBy, viewOf } from './table-view.ts';

interface Item {
  readonly name: string;
  readonly used?: Date | number | undefined;
}

const items = (...names: readonly string[]): Item[] => names.map((name) => ({ name }));
const namesOf = (of: readonly Item[]) => of.map(({ name }) => name);
const textOf = ({ name }: Item) => name;

describe('the order of a table', () => {
  it('is that in which people sort texts, and what is equal stays as it was', () => {
    const mixed = items('b', 'Z', 'ä', 'a', 'B');
    expect(namesOf(sortedBy(mixed, { sortingField: 'name' }, false))).toEqual(['a', 'ä', 'b', 'B', 'Z']);
    expect(namesOf(sortedBy(mixed, { sortingComparator: () => 0 }, true))).toEqual(namesOf(mixed));
    expect(namesOf(mixed)).toEqual(['b', 'Z', 'ä', 'a', 'B']);
  });

  it('puts what was never before all times, and numbers by their size', () => {
    const used = [{ name: 'late', used: new Date(2) }, { name: 'never' }, { name: 'early', used: new Date(1) }];
    expect(namesOf(sortedBy<Item>(used, { sortingField: 'used' }, false))).toEqual(['never', 'early', 'late']);
    expect(namesOf(sortedBy<Item>(used, { sortingField: 'used' }, true))).toEqual(['late', 'early', 'never']);
    const counted = [10, 9, 0].map((count) => ({ name: String(count), used: count }));
    expect(namesOf(sortedBy<Item>(counted, { sortingField: 'used' }, false))).toEqual(['0', '9', '10']);
  });

  it('is by a column that has one', () => {
    const column = { header: '', cell: () => '' };
    const columns = [
      { ...column, id: 'kind' },
      { ...column, id: 'name', sortingField: 'name' },
      { ...column, id: 'type', sortingComparator: () => 0 },
    ];
    expect(sortableOf(columns)).toEqual(['name', 'type']);
  });
});

describe('what a table shows', () => {
  it.each([
    ['', ['Dev', 'devops', 'ops', ' dev']],
    ['  DEV ', ['Dev', 'devops', ' dev']],
    ['ops', ['devops', 'ops']],
    ['nothing', []],
  ])('has the text %j', (filter, expected) => {
    const { shown, count } = viewOf(items('Dev', 'devops', 'ops', ' dev'), { filter, textOf, page: 1, pageSize: 9 });
    expect(namesOf(shown)).toEqual(expected);
    expect(count).toBe(expected.length);
  });

  it('is everything where the table has no filter', () => {
    const { shown } = viewOf(items('a', 'b'), { filter: 'a', textOf: undefined, page: 1, pageSize: 9 });
    expect(namesOf(shown)).toEqual(['a', 'b']);
  });

  it('is in its pages all that matches, once each, and beyond the last page that one', () => {
    const some = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 999_998 }),
        (names, pageSize, beyond) => {
          const at = (page: number) => viewOf(items(...names), { filter: 'a', textOf, page, pageSize });
          const { pages, count } = at(1);
          const all = Array.from({ length: pages }, (_, index) => at(index + 1));
          expect(all.flatMap(({ shown }) => namesOf(shown))).toEqual(names.filter((name) => name.includes('a')));
          expect(all.map(({ page }) => page)).toEqual(all.map((_, index) => index + 1));
          expect(count).toBe(all.reduce((sum, { shown }) => sum + shown.length, 0));
          expect(at(pages + beyond)).toEqual(all.at(-1));
        },
      ),
    );
  });
});
