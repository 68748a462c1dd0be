const format = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** As the AWS console shows times: in UTC, and on one line. */
export function formatTime(time: Date | undefined): string {
  return time === undefined ? '-' : `${format.format(time)} (UTC)`.replaceAll(' ', '\u00a0');
}
