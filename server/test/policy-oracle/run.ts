// Compares Codekeep's decisions with those of an independent evaluator: `npm run test:policy-oracle -- [CASES] [SEED]`.
// CODEKEEP_POLICY_ORACLE is the file of its module; see README.md beside this file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { type ContextValues, type PolicyCase, policyCases } from './cases.ts';
import { codekeepOutcome, type Outcome } from './decisions.ts';
import { knownDifference } from './known-differences.ts';

const BATCH = 2_000;
const SHOWN_DIFFERENCES = 5;

const module = process.env.CODEKEEP_POLICY_ORACLE;
if (module === undefined) throw new Error('CODEKEEP_POLICY_ORACLE names no evaluator');
const [cases = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const oracle = spawn(process.execPath, [new URL('oracle.mjs', import.meta.url).pathname, module], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: oracle.stdout })[Symbol.asyncIterator]();
const outcomes = new Map<string, number>();
const known = new Map<string, number>();
let unknown = 0;

interface Answer {
  readonly outcome: Outcome;
  /** Condition keys that the action does not have after AWS's tables. */
  readonly ignored: readonly string[];
}

for (let done = 0; done < cases; done += BATCH) {
  const batch = fc.sample(policyCases, { numRuns: Math.min(BATCH, cases - done), seed: seed + done });
  await compare(batch);
}
oracle.stdin.end();
await once(oracle, 'exit');
print('Outcomes that agree', outcomes);
print('Known kinds of difference', known);
process.stdout.write(`Unexplained differences: ${unknown}\n`);
process.exitCode = unknown === 0 ? 0 : 1;

async function compare(batch: readonly PolicyCase[]): Promise<void> {
  oracle.stdin.write(batch.map((each) => `${JSON.stringify(each)}\n`).join(''));
  for (const each of batch) {
    const { value, done } = await answers.next();
    if (done === true) throw new Error('The evaluator ended');
    const { outcome, ignored } = JSON.parse(value) as Answer;
    const asked = { ...each, context: without(each.context, ignored) };
    tell(asked, codekeepOutcome(asked), outcome);
  }
}

function without(context: ContextValues, ignored: readonly string[]): ContextValues {
  const keys = new Set(ignored.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(context).filter(([key]) => !keys.has(key.toLowerCase())));
}

function tell(policyCase: PolicyCase, ours: Outcome, theirs: Outcome): void {
  const kind = ours === theirs ? undefined : knownDifference(policyCase, ours, theirs);
  if (ours === theirs) count(outcomes, ours);
  else if (kind !== undefined) count(known, kind);
  else if (++unknown <= SHOWN_DIFFERENCES) {
    process.stdout.write(`Codekeep: ${ours}, the other: ${theirs}\n${JSON.stringify(policyCase, null, 2)}\n`);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function print(title: string, counts: ReadonlyMap<string, number>): void {
  process.stdout.write(`${title}:\n`);
  for (const [name, number] of counts) process.stdout.write(`  ${number}  ${name}\n`);
}
