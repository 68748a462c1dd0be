import {
  CreateAccountAlias$,
  CreateAccountAliasCommand,
  DeleteAccountAlias$,
  DeleteAccountAliasCommand,
  ListAccountAliases$,
  ListAccountAliasesCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { accountTarget } from './account-targets.ts';
import { alreadyExists, noSuchEntity, refuseDuplicate, validationError } from './errors.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';

const ACCOUNT_ID = /^\d{12}$/;

const createAccountAlias = operation(CreateAccountAlias$, CreateAccountAliasCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call, input) => {
    const { AccountAlias: alias } = input;
    // It would be taken for another account wherever an account is named by its ID or its alias.
    if (ACCOUNT_ID.test(alias)) throw validationError('The account alias must not be of 12 digits.');
    const exists = () => alreadyExists(`The account alias ${alias} already exists.`);
    const owner = await database
      .selectFrom('account_aliases')
      .selectAll()
      .where('alias', '=', alias)
      .executeTakeFirst();
    if (owner !== undefined) throw exists();
    const { accountId } = call.principal;
    // An account has one alias; a new one takes the place of the old one.
    const insertion = database
      .insertInto('account_aliases')
      .values({ account_id: accountId, alias })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ alias }))
      .execute();
    await refuseDuplicate(insertion, exists);
    return {};
  },
});

const deleteAccountAlias = operation(DeleteAccountAlias$, DeleteAccountAliasCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call, { AccountAlias: alias }) => {
    const { numDeletedRows } = await database
      .deleteFrom('account_aliases')
      .where('account_id', '=', call.principal.accountId)
      .where('alias', '=', alias)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchEntity(`The account alias ${alias} cannot be found.`);
    return {};
  },
});

const listAccountAliases = operation(ListAccountAliases$, ListAccountAliasesCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListAccountAliases', input);
    const rows = await database
      .selectFrom('account_aliases')
      .select('alias')
      .where('account_id', '=', call.principal.accountId)
      .execute();
    const { items, continuation } = pageOfAll(request, rows, (row) => row.alias);
    return { AccountAliases: items.map((row) => row.alias), ...continuation };
  },
});

export const accountAliasOperations: readonly Operation<IamServices>[] = [
  createAccountAlias,
  deleteAccountAlias,
  listAccountAliases,
];
