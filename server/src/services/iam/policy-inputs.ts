import { MalformedPolicyDocumentError, parsePolicyDocument } from '../../access/policy/policy-document.ts';
import { readResourcePolicy } from '../../access/policy/resource-policy.ts';
import type { SimulatedPolicy } from '../../access/policy/simulation.ts';
import { invalidInput } from './errors.ts';

/**
 * Policies that a request brings as texts.
 *
 * @param list the request's member: PolicyInputList
 * @throws InvalidInput for what is no policy
 */
export function policyInputs(list: string, texts: readonly string[] = []): SimulatedPolicy[] {
  return texts.map((text, index) => ({ id: `${list}.${index + 1}`, text: valid(text, parsePolicyDocument) }));
}

/** @throws InvalidInput for what is no policy of a resource */
export function resourcePolicyInput(text: string | undefined): SimulatedPolicy | undefined {
  return text === undefined ? undefined : { id: 'ResourcePolicy', text: valid(text, readResourcePolicy) };
}

function valid(text: string, parse: (text: string) => unknown): string {
  try {
    parse(text);
    return text;
  } catch (error) {
    throw error instanceof MalformedPolicyDocumentError ? invalidInput(error.message) : error;
  }
}
