/** More parameters than any AWS request has; each costs memory before its sender is known. */
const mostParameters = 10_000;

/** The text is not a query string: a bad escape, bytes that are not UTF-8, or more than 10,000 parameters. */
export class MalformedQueryStringError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedQueryStringError';
  }
}

/**
 * The decoded names and values of a query string or form body, in order, with `+` as a space.
 *
 * The signature and the decoding of parameters both go by these, so that no two strings with one signature differ in
 * meaning.
 */
export function parseQueryString(text: string): [name: string, value: string][] {
  const parameters: [string, string][] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('&', start);
    const end = found === -1 ? text.length : found;
    if (end > start) {
      if (parameters.length === mostParameters) {
        throw new MalformedQueryStringError(`The request has more than ${mostParameters} parameters.`);
      }
      const equals = text.indexOf('=', start);
      const nameEnd = equals === -1 || equals > end ? end : equals;
      parameters.push([decode(text.slice(start, nameEnd)), decode(text.slice(nameEnd + 1, end))]);
    }
    start = end + 1;
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new MalformedQueryStringError('The query string contains a syntax error.');
  }
}
