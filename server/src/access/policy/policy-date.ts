const isoDate =
  /^(?<year>\d{4})(?:-(?<month>\d\d)(?:-(?<day>\d\d)(?:t(?<hour>\d\d?)(?::(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?)?(?<zone>z|[+-]\d\d(?::?\d\d)?)?)?)?)?$/i;

/**
 * Milliseconds since 1970 of a date in a policy or a request: an ISO 8601 date in one of the W3C forms (UTC when it
 * has no zone), or whole seconds since 1970. Undefined for anything else, 30 February included.
 * Source: IAM User Guide, "Date condition operators". Digits alone are seconds, never a year.
 */
export function parsePolicyDate(text: string): number | undefined {
  if (/^\d+$/.test(text)) return existing(Number(text) * 1000);
  const fields = isoDate.exec(text)?.groups;
  if (fields === undefined) return undefined;
  const { year, month = '01', day = '01', hour = '0', minute = '00', second = '00', fraction = '0', zone } = fields;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const inRange =
    isWithin(month, 1, 12) &&
    isWithin(day, 1, daysInMonth) &&
    isWithin(hour, 0, 23) &&
    isWithin(minute, 0, 59) &&
    isWithin(second, 0, 59);
  const offset = zoneOffset(zone);
  if (!inRange || offset === undefined) return undefined;
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  const time = ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000;
  return existing(midnight + time + Number(`0.${fraction}`) * 1000);
}

/** Minutes east of UTC. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'z' || zone === 'Z') return 0;
  const hours = zone.slice(1, 3);
  const minutes = zone.slice(3).replace(':', '') || '00';
  if (!isWithin(hours, 0, 23) || !isWithin(minutes, 0, 59)) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function isWithin(digits: string, least: number, most: number): boolean {
  return Number(digits) >= least && Number(digits) <= most;
}

/** Beyond what Date can hold, 100 million days around 1970, comparisons would no longer be exact. */
function existing(milliseconds: number): number | undefined {
  return Math.abs(milliseconds) <= 8.64e15 ? milliseconds : undefined;
}
