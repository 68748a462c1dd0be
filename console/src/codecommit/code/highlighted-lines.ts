import type { ElementContent, Root } from 'hast';

/** A run of characters of one kind: highlight.js's scope, empty for plain text, and the text. */
type Token = readonly [scope: string, text: string];
export type TokenLine = readonly Token[];

/**
 * The lines of highlighted text, each with its own tokens.
 *
 * @param count of the text's lines
 */
export function highlightedLines(root: Root, count: number): TokenLine[] {
  const lines: Token[][] = [[]];
  const add = (nodes: readonly (ElementContent | Root['children'][number])[], scope: string) => {
    for (const node of nodes) {
      if (node.type === 'text') addText(lines, scope, node.value);
      else if (node.type === 'element') add(node.children, scopeOf(node.properties.className) ?? scope);
    }
  };
  add(root.children, '');
  return Array.from({ length: count }, (_, index) => lines[index] ?? []);
}

function addText(lines: Token[][], scope: string, text: string): void {
  for (const [index, part] of text.split('\n').entries()) {
    if (index > 0) lines.push([]);
    if (part !== '') lines.at(-1)?.push([scope, part]);
  }
}

function scopeOf(className: unknown): string | undefined {
  return Array.isArray(className) ? className.join(' ') : undefined;
}
