import { GetRoleCommand, GetUserCommand, type IAMClient } from '@aws-sdk/client-iam';
import { holderPath } from '../policies/holder-path.ts';
import { policyPath, readPolicyText } from '../policies/policies.ts';
import {
  listAttachedPolicies,
  listInlinePolicies,
  type PolicyHolder,
  readInlinePolicy,
} from '../policies/policy-holders.ts';
import { listGroupsOf } from '../users.ts';
import type { DecidingStatement, Source } from './simulation.ts';

/** A policy with statements that decided, to be shown. */
export interface DecidingPolicy {
  readonly name: string;
  /** Below /console; undefined for a text of one's own. */
  readonly path: string | undefined;
  readonly text: string;
  readonly statements: readonly DecidingStatement[];
}

/** The policies that decided, with their texts as they are stored: the places of statements are places in them. */
export function readDecidingPolicies(
  iam: IAMClient,
  source: Source,
  statements: readonly DecidingStatement[],
): Promise<DecidingPolicy[]> {
  const byPolicy = new Map<string, DecidingStatement[]>();
  for (const statement of statements) {
    const key = `${statement.policyId} ${statement.isBoundary}`;
    byPolicy.set(key, [...(byPolicy.get(key) ?? []), statement]);
  }
  const groups = [...byPolicy.values()];
  if (source.kind === 'text') {
    return Promise.resolve(
      groups.map((each) => ({ name: 'The policy above', path: undefined, text: source.text, statements: each })),
    );
  }
  return Promise.all(
    groups.map(async (each) => {
      const { policyId = '', isBoundary = false } = each[0] ?? {};
      const holder = holderOfArn(source.arn);
      const found = isBoundary ? await readBoundary(iam, holder) : await readHeldPolicy(iam, holder, policyId);
      return { name: policyId, path: undefined, text: '', ...found, statements: each };
    }),
  );
}

/** @param arn arn:aws:iam::123456789012:user/division/ada */
export function holderOfArn(arn: string): PolicyHolder {
  const [kind = '', ...path] = arn.slice(arn.lastIndexOf(':') + 1).split('/');
  return { kind: kind as PolicyHolder['kind'], name: path.at(-1) ?? '' };
}

type Read = Pick<DecidingPolicy, 'name' | 'path' | 'text'>;

async function readBoundary(iam: IAMClient, { kind, name }: PolicyHolder): Promise<Read | undefined> {
  const entity =
    kind === 'user'
      ? (await iam.send(new GetUserCommand({ UserName: name }))).User
      : (await iam.send(new GetRoleCommand({ RoleName: name }))).Role;
  const arn = entity?.PermissionsBoundary?.PermissionsBoundaryArn;
  return arn === undefined ? undefined : readManaged(iam, arn);
}

/** @param id of a policy of the holder or, where that is a user, of one of its groups */
async function readHeldPolicy(iam: IAMClient, holder: PolicyHolder, id: string): Promise<Read | undefined> {
  const groups = holder.kind === 'user' ? await listGroupsOf(iam, holder.name) : [];
  const holders: PolicyHolder[] = [
    holder,
    ...groups.map(({ GroupName = '' }) => ({ kind: 'group', name: GroupName }) as const),
  ];
  for (const each of holders) {
    const inline = await listInlinePolicies(iam, each);
    const name = inline.find((policyName) => `${each.kind}_${each.name}_${policyName}` === id);
    if (name !== undefined) {
      const text = await readInlinePolicy(iam, each, name);
      return { name: `${name} (inline, of ${each.name})`, path: holderPath(each), text };
    }
    const attached = await listAttachedPolicies(iam, each);
    const arn = attached.find(({ PolicyName }) => PolicyName === id)?.PolicyArn;
    if (arn !== undefined) return readManaged(iam, arn);
  }
  return undefined;
}

async function readManaged(iam: IAMClient, arn: string): Promise<Read> {
  return { name: arn.slice(arn.lastIndexOf('/') + 1), path: policyPath(arn), text: await readPolicyText(iam, arn) };
}
