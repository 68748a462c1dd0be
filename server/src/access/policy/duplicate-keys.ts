/**
 * True when an object in the JSON text names a member twice. JSON.parse would keep the last one only, and a statement
 * could lose an element without anybody noticing. `text` must be valid JSON.
 */
export function hasDuplicateKeys(text: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (character === '{') objects.push(new Set());
    else if (character === '[') objects.push(undefined);
    else if (character === '}' || character === ']') objects.pop();
    else if (character === '"') {
      const end = stringEnd(text, position);
      const keys = objects.at(-1);
      if (keys !== undefined && isFollowedByColon(text, end)) {
        const key: string = JSON.parse(text.slice(position, end));
        if (keys.has(key)) return true;
        keys.add(key);
      }
      position = end - 1;
    }
  }
  return false;
}

/** The position after the closing quote. */
export function stringEnd(text: string, start: number): number {
  let position = start + 1;
  while (text[position] !== '"') position += text[position] === '\\' ? 2 : 1;
  return position + 1;
}

function isFollowedByColon(text: string, start: number): boolean {
  let position = start;
  while (/\s/.test(text[position] ?? '')) position++;
  return text[position] === ':';
}
