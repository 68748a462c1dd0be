import type { ConditionEntry, SourcedPolicy } from '../../access/policy/evaluation.ts';
import type { SimulatedPolicy } from '../../access/policy/simulation.ts';
import type { Principal } from '../../access/principal.ts';
import { loadGroupPolicies, loadRolePrincipal, loadUserPrincipal } from '../../access/principals.ts';
import type { Call, Target } from '../operation.ts';
import { invalidInput } from './errors.ts';
import { existingGroup, groupTarget } from './group-targets.ts';
import { existingRole, roleTarget } from './role-targets.ts';
import type { IamServices } from './service.ts';
import { existingUser, userTarget } from './user-targets.ts';

/** Whose policies an operation asks about. */
interface PolicySource {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  /** The user, who is the caller of a simulation too. */
  readonly user: Principal | undefined;
}

/** A user, a group or a role, whose existence is told after authorisation only. */
interface PolicySourceTarget extends Target {
  /** @throws NoSuchEntity */
  readonly load: () => Promise<PolicySource>;
}

const ENTITY_ARN = /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/;

/**
 * The user, group or role of an ARN. One of another account is nobody's here.
 *
 * @throws InvalidInput for any other ARN, such as that of a session
 */
export async function policySourceTarget(services: IamServices, call: Call, arn: string): Promise<PolicySourceTarget> {
  const { accountId, type, name } = parseEntityArn(arn);
  const { database } = services;
  if (accountId !== call.principal.accountId) {
    return { resources: [{ arn, accountId }], load: () => Promise.reject(invalidEntityArn(arn)) };
  }
  if (type === 'group') {
    const target = await groupTarget(services, call, name);
    const load = async () => ofPolicies(await loadGroupPolicies(database, existingGroup(target).group_id));
    return { ...target, load };
  }
  if (type === 'user') {
    const target = await userTarget(services, call, name);
    const load = async () => ofPrincipal(await loadUserPrincipal(database, existingUser(target).user_id));
    return { ...target, load };
  }
  const target = await roleTarget(services, call, name);
  const now = call.environment.time;
  const load = async () => {
    const { role_id } = existingRole(target);
    const role = await loadRolePrincipal(database, role_id, 'simulation', { issuedAt: now, expiresAt: now });
    return { ...ofPrincipal(role), user: undefined };
  };
  return { ...target, load };
}

/** @throws InvalidInput */
export function parseEntityArn(arn: string): { accountId: string; type: string; name: string } {
  const [, accountId, type, name] = ENTITY_ARN.exec(arn) ?? [];
  if (accountId === undefined || type === undefined || name === undefined) throw invalidEntityArn(arn);
  return { accountId, type, name };
}

/** What is known of a request of that user without being told. */
export function callerContext({ arn, userId, userName = '', accountId, tags }: Principal): ConditionEntry[] {
  return [
    ['aws:username', userName],
    ['aws:userid', userId],
    ['aws:PrincipalArn', arn],
    ['aws:PrincipalAccount', accountId],
    ['aws:PrincipalType', 'User'],
    ...Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const),
  ];
}

function ofPrincipal(principal: Principal | undefined): PolicySource {
  const { identityPolicies = [], permissionsBoundary } = principal ?? {};
  return {
    ...ofPolicies(identityPolicies),
    boundary: permissionsBoundary && simulated(permissionsBoundary),
    user: principal,
  };
}

function ofPolicies(policies: readonly SourcedPolicy[]): PolicySource {
  return { identity: policies.map(simulated), boundary: undefined, user: undefined };
}

/** AWS names managed policies without their paths. */
function simulated({ source, policy: { text } }: SourcedPolicy): SimulatedPolicy {
  return { id: source.startsWith('arn:') ? source.slice(source.lastIndexOf('/') + 1) : source, text };
}

function invalidEntityArn(arn: string): Error {
  return invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
}
