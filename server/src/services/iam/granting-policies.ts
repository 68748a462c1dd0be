import {
  ListPoliciesGrantingServiceAccess$,
  ListPoliciesGrantingServiceAccessCommand,
  type PolicyGrantingServiceAccess,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { type HeldPolicy, policiesGranting } from './granted-services.ts';
import { findEntity, ownerOfEntity } from './last-accessed-entities.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';

const listPoliciesGrantingServiceAccess = operation(
  ListPoliciesGrantingServiceAccess$,
  ListPoliciesGrantingServiceAccessCommand,
  {
    target: (_services, _call, { Arn: arn }) => {
      if (arn.includes(':policy/')) throw invalidInput(`ARN ${arn} is not valid.`);
      return { resources: [{ arn, accountId: ownerOfEntity(arn) }] };
    },
    handle: async ({ database }, { principal: { accountId } }, input) => {
      const request = pageRequest('ListPoliciesGrantingServiceAccess', { Marker: input.Marker });
      const entity = await findEntity(database, accountId, input.Arn);
      if (entity === undefined) throw noSuchEntity(`ARN ${input.Arn} was not found.`);
      const { items, continuation } = pageOfAll(request, [...new Set(input.ServiceNamespaces)], (service) => service);
      const entries = items.map((service) => ({
        ServiceNamespace: service,
        Policies: policiesGranting(service, eachOnce(entity.policies)).map(describe),
      }));
      return { PoliciesGrantingServiceAccess: entries, ...continuation };
    },
  },
);

export const grantingPolicyOperations: readonly Operation<IamServices>[] = [listPoliciesGrantingServiceAccess];

/** A user may have a managed policy twice, as a member of a group as well. */
function eachOnce(policies: readonly HeldPolicy[]): HeldPolicy[] {
  return policies.filter(
    ({ arn }, index) => arn === undefined || policies.findIndex((policy) => policy.arn === arn) === index,
  );
}

function describe({ name, arn, holder }: HeldPolicy): PolicyGrantingServiceAccess {
  if (holder === undefined) return { PolicyName: name, PolicyType: 'MANAGED', PolicyArn: arn };
  return { PolicyName: name, PolicyType: 'INLINE', EntityType: holder.type, EntityName: holder.name };
}
