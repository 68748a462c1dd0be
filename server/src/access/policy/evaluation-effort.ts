/** What deciding about one request may still take. */
export interface Effort {
  /**
   * @param steps comparisons of two characters, or as much work
   * @throws EvaluationLimitError when the request has taken more than its limit
   */
  spend(steps: number): void;
}

/** A request's policies and values are made so that deciding takes too long. Whoever decides must deny. */
export class EvaluationLimitError extends Error {
  override readonly name = 'EvaluationLimitError';
}

/**
 * Steps for one request, all its decisions together: some tens of milliseconds. A push of 10,000 references under ten
 * policies of AWS's greatest size, with a list of patterns in each, takes less than a tenth of it.
 */
const REQUEST_STEPS = 10_000_000;
/**
 * UTF-16 code units of one value that a request is judged by. AWS's own limits are lower where they are known (tags: 256;
 * encryption contexts: 8,192 bytes); for a user agent AWS names none.
 */
export const VALUE_MAXIMUM = 8_192;

/** @param steps the limit, 10,000,000 unless told */
export function effortOf(steps = REQUEST_STEPS): Effort {
  let left = steps;
  return {
    spend(taken) {
      left -= taken;
      if (left < 0) throw new EvaluationLimitError(`Deciding takes more than ${steps} steps`);
    },
  };
}

/** Of what is bounded by its own limits. */
export const UNLIMITED: Effort = { spend: () => {} };
