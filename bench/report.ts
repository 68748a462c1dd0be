import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import type { Median, Row } from './measurement.ts';
import type { Result } from './results.ts';
import { type Target, verdictOn } from './targets.ts';

/** What the numbers depend on, as Markdown list items. */
export function machineFacts(versions: Readonly<Record<string, string>>): string {
  const [processor] = cpus();
  const facts = {
    processor: `${processor?.model.trim()}, ${availableParallelism()} usable cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${distribution()}, Linux ${release()}`,
    'load average at the start': loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
    Node: process.versions.node,
    ...versions,
  };
  return Object.entries(facts)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');
}

/**
 * Markdown: the runs with their facts, then a table of medians with the server's processor time in parentheses, what
 * was to be reached and what was.
 */
export function report(results: readonly Result[], subject: string): string {
  const runs = [...new Map(results.map(({ run }) => [run.date, run])).values()].sort((a, b) =>
    a.date.localeCompare(b.date),
  );
  const numberOf = new Map(runs.map(({ date }, index) => [date, String(index + 1)]));
  const facts = runs.map((run) => `Run ${numberOf.get(run.date)}, ${run.date}:\n\n${run.facts}\n`);
  const header = ['work', 'repository', 'N', subject, 'others', 'target', 'found', 'run'];
  const lines = results.map(({ run, row }) => {
    const own = row.medians[subject];
    const others = Object.entries(row.medians).filter(([name]) => name !== subject);
    return [
      row.scenario,
      row.repository,
      String(row.repetitions),
      own === undefined ? '–' : text(own, row.unit),
      others.map(([name, median]) => `${name} ${text(median, row.unit)}`).join('; '),
      (row.targets ?? []).map((target) => demand(row, subject, target)).join('; '),
      (row.targets ?? []).map((target) => finding(row, subject, target)).join('; '),
      numberOf.get(run.date) ?? '',
    ];
  });
  const table = [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [...facts, ...table].join('\n');
}

/** One line for whoever watches; a run that is broken off has at least told what it found. */
export function summary(row: Row, subject: string): string {
  const medians = Object.entries(row.medians).map(([name, median]) => `${name} ${text(median, row.unit)}`);
  const found = (row.targets ?? []).map(
    (target) => `${demand(row, subject, target)}: ${finding(row, subject, target)}`,
  );
  return `  ${[`${row.scenario}, ${row.repository}`, ...medians, ...found].join('; ')}`;
}

function demand(row: Row, subject: string, target: Target): string {
  const { isRate } = verdictOn(row, subject, target) ?? { isRate: false };
  const unit = target.against.length === 0 ? ` ${row.unit}` : '';
  return `${target.of === 'processor' ? 'CPU ' : ''}${isRate ? '≥' : '≤'} ${target.limit}${unit}`;
}

function finding(row: Row, subject: string, target: Target): string {
  const verdict = verdictOn(row, subject, target);
  if (verdict === undefined) return 'not measured';
  const { found, best, met } = verdict;
  return `${found.toFixed(2)}${best === undefined ? '' : ` of ${best}`}: ${met ? 'met' : '**missed**'}`;
}

function text({ value, processorSeconds }: Median, unit: Row['unit']): string {
  if (unit === 'requests/s' || unit === 'MB/s') return `${value.toFixed(0)} ${unit}`;
  if (unit !== 's') return `${value.toFixed(1)} ${unit}`;
  return `${value.toFixed(3)} s${processorSeconds === undefined ? '' : ` (${processorSeconds.toFixed(2)})`}`;
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
