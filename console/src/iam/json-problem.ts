/** Where a text stops being JSON, by line and column, and why; undefined when it is JSON. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    // V8 tells the position in some messages, the line and column in others' tails; at the end of the text, none.
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    return `${placeOf(text, position)}: ${message.replace(/(,| in JSON at position| \(line)[\s\S]*$/, '')}`;
  }
}

function placeOf(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `Line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
