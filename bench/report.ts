import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import type { Row } from './measurement.ts';

/** What the numbers depend on, as Markdown list items. */
export function machineFacts(versions: Readonly<Record<string, string>>): string {
  const [processor] = cpus();
  const facts = {
    date: new Date().toISOString(),
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
 * A Markdown table of medians: seconds or requests a second, in parentheses the server's processor seconds. The ratio
 * is the subject's value to the other's, so that below 1 is better for seconds and above 1 for requests.
 */
export function table(rows: readonly Row[], subject: string, others: readonly string[]): string {
  const header = [
    'scenario',
    'repository',
    'unit',
    'N',
    subject,
    ...others,
    ...others.map((name) => `ratio to ${name}`),
  ];
  const lines = rows.map((row) => {
    const own = row.medians.get(subject);
    const ratios = others.map((name) => {
      const other = row.medians.get(name);
      return own === undefined || other === undefined ? '–' : (own.value / other.value).toFixed(2);
    });
    const medians = [subject, ...others].map((name) => median(row, name));
    return [row.scenario, row.repository, row.unit, String(row.repetitions), ...medians, ...ratios];
  });
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line for whoever watches; a run that is broken off has at least told what it found. */
export function summary(row: Row): string {
  const medians = [...row.medians.keys()].map((peer) => `${peer} ${median(row, peer)}`);
  return `  ${row.scenario}, ${row.repository}, ${row.unit}: ${medians.join(', ')}`;
}

function median(row: Row, peer: string): string {
  const found = row.medians.get(peer);
  if (found === undefined) return '–';
  if (row.unit === 'requests/s') return found.value.toFixed(0);
  const processor = found.processorSeconds === undefined ? '' : ` (${found.processorSeconds.toFixed(2)})`;
  return `${found.value.toFixed(3)}${processor}`;
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
