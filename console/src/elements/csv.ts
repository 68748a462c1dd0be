/** Lines of comma-separated values as RFC 4180 has them, but ended as the AWS console ends them: by a line feed. */
export function csv(...lines: readonly (readonly string[])[]): string {
  return lines.map((values) => `${values.map(field).join(',')}\n`).join('');
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function field(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
