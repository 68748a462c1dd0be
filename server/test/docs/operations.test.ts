import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPERATIONS_FILE, operationsPage } from './operations-page.ts';

it('docs/operations.md tells what the operation tables hold', () => {
  expect(readFileSync(OPERATIONS_FILE, 'utf8')).toBe(operationsPage());
});
