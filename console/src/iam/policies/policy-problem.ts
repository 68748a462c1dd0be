import type { TextProblem } from '../../elements/json-editor.tsx';
import { jsonFault } from '../../elements/json-fault.ts';
import type { TextPlace } from '../../elements/json-marks.ts';

/** Where a text stops being JSON, and why; undefined when it is JSON. */
export function jsonProblem(text: string): TextProblem | undefined {
  const fault = jsonFault(text);
  return fault && { message: fault.message, ...placesOf(text, fault.at, fault.at + 1) };
}

/**
 * What IAM holds against a policy, at its place in the text as far as the message tells one.
 *
 * @param message of MalformedPolicyDocument
 */
export function malformedPolicyProblem(text: string, message: string): TextProblem {
  const [, line, column] = /^Syntax error at position \((\d+),(\d+)\)/.exec(message) ?? [];
  if (line !== undefined) {
    const start = { line: Number(line), column: Number(column) };
    return { message, start, end: { ...start, column: start.column + 1 } };
  }
  const found = FINDERS.map(({ form, find }) => {
    const match = form.exec(message);
    return match === null ? undefined : find(text, match[1] ?? '');
  }).find((place) => place !== undefined);
  return { message, ...(found !== undefined && placesOf(text, found.from, found.to)) };
}

interface Part {
  readonly from: number;
  readonly to: number;
}

const FINDERS: readonly { readonly form: RegExp; readonly find: (text: string, named: string) => Part | undefined }[] =
  [
    { form: /^Invalid Condition type : (.+)\.$/s, find: quoted },
    { form: /^(?:IAM resource|Resource) (\S+) /s, find: quoted },
    {
      form: /^Invalid principal in policy: (?:"\w+":)?"(.+)"$/s,
      find: quoted,
    },
    {
      form: /^Vendor (.+) is not valid$/s,
      find: (text, named) => actionThat(text, (action) => action.startsWith(`${named}:`)),
    },
    {
      form: /must be prefaced by a vendor/,
      find: (text) => actionThat(text, (action) => action !== '*' && !action.includes(':')),
    },
    { form: /can contain only one colon/, find: (text) => actionThat(text, (action) => action.split(':').length > 2) },
    {
      form: /^Statement IDs \(SID\) must be alpha-numeric/,
      find: (text) => sidThat(text, (sid) => !/^[0-9A-Za-z]*$/.test(sid)),
    },
    { form: /^(?:Statement IDs \(SID\) in a single policy|The Statement Ids in the policy)/, find: repeatedSid },
    { form: /version/, find: (text) => nameOf(text, 'Version') },
  ];

function quoted(text: string, value: string): Part | undefined {
  const written = JSON.stringify(value);
  const from = text.indexOf(written);
  return from < 0 ? undefined : { from, to: from + written.length };
}

function nameOf(text: string, name: string): Part | undefined {
  const match = new RegExp(`"${name}"\\s*:\\s*("[^"]*")?`).exec(text);
  return match === null ? undefined : { from: match.index, to: match.index + match[0].length };
}

function actionThat(text: string, isMeant: (action: string) => boolean): Part | undefined {
  const actions = statementsOf(text).flatMap(({ Action, NotAction }) => [Action, NotAction].flat());
  const action = actions.find((value): value is string => typeof value === 'string' && isMeant(value));
  return action === undefined ? undefined : quoted(text, action);
}

function sidThat(text: string, isMeant: (sid: string) => boolean): Part | undefined {
  const sid = statementsOf(text)
    .map(({ Sid }) => Sid)
    .find((value): value is string => typeof value === 'string' && isMeant(value));
  return sid === undefined ? undefined : quoted(text, sid);
}

/** The second of two statements' equal IDs. */
function repeatedSid(text: string): Part | undefined {
  const seen = new Set<string>();
  for (const match of text.matchAll(/"Sid"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
    const [all, sid = ''] = match;
    if (seen.has(sid)) return { from: match.index, to: match.index + all.length };
    seen.add(sid);
  }
  return undefined;
}

function statementsOf(text: string): Readonly<Record<string, unknown>>[] {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown };
    return [Statement].flat().filter((each) => typeof each === 'object' && each !== null) as Record<string, unknown>[];
  } catch {
    return [];
  }
}

function placesOf(text: string, from: number, to: number): { start: TextPlace; end: TextPlace } {
  return { start: placeOf(text, from), end: placeOf(text, to) };
}

function placeOf(text: string, position: number): TextPlace {
  const lines = text.slice(0, position).split('\n');
  const beyond = Math.max(0, position - text.length);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 + beyond };
}
