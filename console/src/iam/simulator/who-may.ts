import type { IAMClient } from '@aws-sdk/client-iam';
import { listRoles } from '../roles/roles.ts';
import { listUsers } from '../users.ts';
import { type Outcome, simulate } from './simulation.ts';

export interface Identity {
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly arn: string;
}

/** What IAM decided about one user or role. */
export interface Answer {
  readonly identity: Identity;
  readonly outcome: Outcome;
}

/** Users and roles that are asked about before the page waits to be told to go on. */
export const MOST_AT_ONCE = 100;
const SIMULATIONS_AT_ONCE = 4;

/** Those whom a question about who may is about. */
export async function listIdentities(iam: IAMClient): Promise<Identity[]> {
  const [users, roles] = await Promise.all([listUsers(iam), listRoles(iam)]);
  return [
    ...users.map(({ UserName = '', Arn = '' }) => ({ kind: 'user', name: UserName, arn: Arn }) as const),
    ...roles.map(({ RoleName = '', Arn = '' }) => ({ kind: 'role', name: RoleName, arn: Arn }) as const),
  ];
}

/**
 * Asks about the next ones after those that have been, at most {@link MOST_AT_ONCE}.
 *
 * @param onAnswers with what is known so far, from time to time
 * @param isWanted whether to go on
 */
export async function askNext(
  iam: IAMClient,
  identities: readonly Identity[],
  { action, resource }: { readonly action: string; readonly resource: string },
  answered: readonly Answer[],
  {
    onAnswers,
    isWanted,
  }: { readonly onAnswers: (answers: readonly Answer[]) => void; readonly isWanted: () => boolean },
): Promise<void> {
  const answers = [...answered];
  const question = { actions: [action], resources: [resource], context: [] };
  const end = answered.length + MOST_AT_ONCE;
  for (let at = answered.length; at < Math.min(end, identities.length) && isWanted(); at += SIMULATIONS_AT_ONCE) {
    const some = identities.slice(at, Math.min(at + SIMULATIONS_AT_ONCE, end));
    const outcomes = await Promise.all(some.map(({ arn }) => simulate(iam, { kind: 'identity', arn }, question)));
    some.forEach((identity, index) => {
      const outcome = outcomes[index]?.[0];
      if (outcome !== undefined) answers.push({ identity, outcome });
    });
    if (isWanted()) onAnswers([...answers]);
  }
}
