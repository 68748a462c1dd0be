import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Row } from './measurement.ts';

/** One start of the bench. */
export interface Run {
  readonly date: string;
  /** Markdown list items. */
  readonly facts: string;
}

/** A row, and the run that it was measured in. */
export interface Result {
  readonly run: Run;
  readonly row: Row;
}

/** What several runs found, gathered in a file: a row that is measured again takes the place of the older one. */
export class Results {
  readonly #file: string | undefined;
  #results: readonly Result[];

  private constructor(file: string | undefined, results: readonly Result[]) {
    this.#file = file;
    this.#results = results;
  }

  /** @param file absent: nothing is kept */
  static async open(file: string | undefined): Promise<Results> {
    return new Results(file, file === undefined ? [] : await readResults(file));
  }

  get all(): readonly Result[] {
    return this.#results;
  }

  /** Keeps a row at once, so that a run that is broken off has lost nothing. */
  async add(run: Run, row: Row): Promise<void> {
    this.#results = merge(this.#results, { run, row });
    if (this.#file === undefined) return;
    await writeFile(`${this.#file}.unfinished`, `${JSON.stringify(this.#results, undefined, 2)}\n`);
    await rename(`${this.#file}.unfinished`, this.#file);
  }
}

function merge(results: readonly Result[], added: Result): readonly Result[] {
  const isSame = ({ row }: Result) =>
    row.scenario === added.row.scenario && row.repository === added.row.repository && row.unit === added.row.unit;
  const position = results.findIndex(isSame);
  return position === -1 ? [...results, added] : results.with(position, added);
}

async function readResults(file: string): Promise<readonly Result[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
