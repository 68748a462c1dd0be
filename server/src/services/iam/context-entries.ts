import type { ContextEntry, ContextKeyTypeEnum } from '@aws-sdk/client-iam';
import type { ConditionEntry } from '../../access/policy/evaluation.ts';
import { VALUE_MAXIMUM } from '../../access/policy/evaluation-effort.ts';
import { parseIpAddress } from '../../access/policy/ip-range.ts';
import { parsePolicyDate } from '../../access/policy/policy-date.ts';
import { decodeBase64, parseBoolean, parseNumber } from '../../access/policy/value-matchers.ts';
import { invalidInput } from './errors.ts';

type ScalarType = 'string' | 'numeric' | 'boolean' | 'ip' | 'binary' | 'date';

const isOfType: Readonly<Record<ScalarType, (value: string) => boolean>> = {
  string: () => true,
  numeric: (value) => parseNumber(value) !== undefined,
  boolean: (value) => parseBoolean(value) !== undefined,
  ip: (value) => parseIpAddress(value) !== undefined,
  binary: (value) => decodeBase64(value) !== undefined,
  date: (value) => parsePolicyDate(value) !== undefined,
};

/**
 * What a request of the simulation tells. A key of a list type has many values, any other one.
 *
 * @throws InvalidInput for an entry without a name or type, and for values that are not of the type
 */
export function contextEntries(entries: readonly ContextEntry[] = []): ConditionEntry[] {
  return entries.map((entry) => {
    const { ContextKeyName: name, ContextKeyType: type, ContextKeyValues: values = [] } = entry;
    if (name === undefined || type === undefined) throw invalidInput('A context entry needs a key name and a type.');
    if (values.some((value) => value.length > VALUE_MAXIMUM)) {
      throw invalidInput(`A value of context key ${name} is longer than ${VALUE_MAXIMUM} characters.`);
    }
    const { scalar, isList } = kindOf(type);
    const other = values.find((value) => !isOfType[scalar](value));
    if (other !== undefined) throw invalidInput(`The value ${other} of context key ${name} is not of type ${scalar}.`);
    const [value] = values;
    if (isList) return [name, values];
    if (value === undefined || values.length > 1) {
      throw invalidInput(`Context key ${name} of type ${type} needs exactly one value.`);
    }
    return [name, value];
  });
}

function kindOf(type: ContextKeyTypeEnum): { scalar: ScalarType; isList: boolean } {
  const isList = type.endsWith('List');
  return { scalar: (isList ? type.slice(0, -'List'.length) : type) as ScalarType, isList };
}
