const HOUR_S = 3_600;
const HOURS = [1, 2, 4, 8, 12];

/** The longest that sessions of a role may last, as the console offers it; any other as it is. */
export function durationOptions(seconds: number): { readonly value: string; readonly label: string }[] {
  const offered = HOURS.map((hours) => hours * HOUR_S);
  const all = offered.includes(seconds) ? offered : [seconds, ...offered];
  return all.map((each) => ({ value: String(each), label: durationText(each) }));
}

export function durationText(seconds: number): string {
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / 60);
  const rest = seconds % 60;
  const parts = [
    [hours, 'hour'],
    [minutes, 'minute'],
    [rest, 'second'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' ');
}
