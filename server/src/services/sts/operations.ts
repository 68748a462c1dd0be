import { GetCallerIdentity$, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Operation, operationsOf } from '../operation.ts';
import { stsValidate } from '../validation/index.ts';

const operation = operationsOf<unknown>('sts', stsValidate);

/** Needs no permission, and no policy can deny it: STS API Reference, GetCallerIdentity. */
const getCallerIdentity = operation(GetCallerIdentity$, GetCallerIdentityCommand, {
  action: null,
  target: () => ({ resources: [] }),
  handle: (_services, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

export const stsOperations: ReadonlyMap<string, Operation<unknown>> = new Map([
  [getCallerIdentity.name, getCallerIdentity],
]);
