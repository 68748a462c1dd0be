import {
  GetAccessKeyInfo$,
  GetAccessKeyInfoCommand,
  GetCallerIdentity$,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { accessDenied, validationError } from './errors.ts';
import { operation } from './service.ts';

/** Needs no permission, and no policy can deny it: STS API Reference, GetCallerIdentity. */
export const getCallerIdentity = operation(GetCallerIdentity$, GetCallerIdentityCommand, {
  action: null,
  target: () => ({ resources: [] }),
  handle: (_services, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

/** Tells the account of any account's long-lived key. Temporary keys are kept nowhere, so theirs is not known. */
export const getAccessKeyInfo = operation(GetAccessKeyInfo$, GetAccessKeyInfoCommand, {
  target: (_services, { principal }) => ({ resources: [{ arn: '*', accountId: principal.accountId }] }),
  async handle({ database }, { principal }, { AccessKeyId }) {
    if (principal.session !== undefined && principal.kind !== 'assumed-role') {
      throw accessDenied('Cannot call GetAccessKeyInfo with session credentials');
    }
    const row = await database
      .selectFrom('access_keys')
      .select('account_id')
      .where('access_key_id', '=', AccessKeyId)
      .executeTakeFirst();
    if (row === undefined) throw validationError(`The access key ID ${AccessKeyId} is not known.`);
    return { Account: row.account_id };
  },
});
