import {
  type EntityType,
  GetAccountAuthorizationDetails$,
  GetAccountAuthorizationDetailsCommand,
} from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import { accountTarget } from './account-targets.ts';
import { type Detail, readGroups, readRoles, readUsers } from './authorization-details-of-identities.ts';
import { readAccountPolicies, readAwsPolicies } from './authorization-details-of-policies.ts';
import { page, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';

/** Reads at most `limit` entities of a kind, in the order of their keys, of those after `after`. */
type Reader = (database: Database, accountId: string, after: string | undefined, limit: number) => Promise<Detail[]>;

/** In the order in which pages go through them. */
const READERS: readonly (readonly [EntityType, Reader])[] = [
  ['User', readUsers],
  ['Group', readGroups],
  ['Role', readRoles],
  ['LocalManagedPolicy', readAccountPolicies],
  ['AWSManagedPolicy', readAwsPolicies],
];

const getAccountAuthorizationDetails = operation(
  GetAccountAuthorizationDetails$,
  GetAccountAuthorizationDetailsCommand,
  {
    target: (_services, call) => accountTarget(call),
    handle: async ({ database }, call, input) => {
      const request = pageRequest('GetAccountAuthorizationDetails', input);
      const found: { readonly key: string; readonly detail: Detail }[] = [];
      for (const [index, [entity, read]] of READERS.entries()) {
        const isWanted = input.Filter === undefined || input.Filter.length === 0 || input.Filter.includes(entity);
        const after = keyWithin(index, request.after);
        if (!isWanted || after === PASSED) continue;
        const rest = request.size + 1 - found.length;
        if (rest <= 0) break;
        const details = await read(database, call.principal.accountId, after, rest);
        found.push(...details.map((detail) => ({ key: `${index}${detail.key}`, detail })));
      }
      const { items, continuation } = page(request, found, ({ key }) => key);
      return {
        UserDetailList: items.flatMap(({ detail }) => detail.user ?? []),
        GroupDetailList: items.flatMap(({ detail }) => detail.group ?? []),
        RoleDetailList: items.flatMap(({ detail }) => detail.role ?? []),
        Policies: items.flatMap(({ detail }) => detail.policy ?? []),
        ...continuation,
      };
    },
  },
);

export const authorizationDetailOperations: readonly Operation<IamServices>[] = [getAccountAuthorizationDetails];

const PASSED = Symbol('every entity of this kind stood on earlier pages');

/** Where to go on among the entities of the reader with this index; undefined for at their begin. */
function keyWithin(index: number, after: string | undefined): string | undefined | typeof PASSED {
  if (after === undefined) return undefined;
  const afterIndex = Number(after.slice(0, 1));
  if (index < afterIndex) return PASSED;
  return index === afterIndex ? after.slice(1) : undefined;
}
