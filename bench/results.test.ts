import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../server/test/harness/temporary-folders.ts';
import type { Row } from './measurement.ts';
import { Results } from './results.ts';

function row(scenario: string, value: number): Row {
  return { scenario, repository: 'small', unit: 's', repetitions: 5, medians: { own: { value } } };
}

it('gathers rows over runs, the newest of each in the place of the first', async () => {
  const folder = await temporaryFolder('results');
  const file = join(folder.path, 'results.json');
  const [first, second] = ['1', '2'].map((date) => ({ date, facts: '' }));
  if (first === undefined || second === undefined) throw new Error('no runs');
  const before = await Results.open(file);
  await before.add(first, row('clone', 1));
  await before.add(first, row('push', 2));
  const after = await Results.open(file);
  await after.add(second, row('clone', 3));
  expect((await Results.open(file)).all).toEqual([
    { run: second, row: row('clone', 3) },
    { run: first, row: row('push', 2) },
  ]);
  await folder.remove();
});
