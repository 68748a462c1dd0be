import type { SimpleShape } from './constraints.ts';

/** AWS shows values whole; longer ones than it takes anywhere are cut, so that a request of 12 MB has no answer of 12 MB. */
const longestEcho = 16_384;

export const longestLength = (max: number) => `Member must have length less than or equal to ${max}`;
export const shortestLength = (min: number) => `Member must have length greater than or equal to ${min}`;
export const largestValue = (max: number) => `Member must have value less than or equal to ${max}`;
export const smallestValue = (min: number) => `Member must have value greater than or equal to ${min}`;
export const matching = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
export const oneOf = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(', ')}]`;

/** Every limit of a shape, as AWS lists them for the items of a list and the keys and values of a map. */
export function everyLimit({ min, max, pattern, enum: values }: SimpleShape): string {
  const limits = [
    max === undefined ? undefined : longestLength(max),
    min === undefined ? undefined : shortestLength(min),
    pattern === undefined ? undefined : matching(pattern),
    values === undefined ? undefined : oneOf(values),
  ];
  return `[${limits.filter((limit) => limit !== undefined).join(', ')}]`;
}

/** How a message shows a value; nothing of bytes, structures or of what is undefined. */
export function echo(value: unknown): string {
  if (value === null) return ' null';
  const text = textOf(value);
  if (text === undefined) return '';
  return ` '${text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text}'`;
}

/** As Java prints it. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return undefined;
  // The first items fill the longest echo whatever their number.
  const entries = Object.entries(value).slice(0, longestEcho);
  if (entries.some(([, item]) => typeof item !== 'string')) return undefined;
  if (Array.isArray(value)) return `[${entries.map(([, item]) => item).join(', ')}]`;
  return `{${entries.map(([key, item]) => `${key}=${item}`).join(', ')}}`;
}
