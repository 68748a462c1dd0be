import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { ConsoleIdentity } from '../../access/authentication/console-sessions.ts';
import type { Principal } from '../../access/principal.ts';
import { loadUserPrincipal, rootPrincipal } from '../../access/principals.ts';
import type { AuditTrail } from '../../observability/audit/audit-trail.ts';
import { consoleSignInEvent, failedIdentity, rootUserEvent } from '../../observability/audit/sign-in-events.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import { type UserIdentity, userIdentityOf } from '../../observability/audit/user-identity.ts';
import type { SignInOutcome } from '../../services/iam/sign-in.ts';
import { findUser } from '../../services/iam/user-targets.ts';
import type { Database } from '../../storage/database/database.ts';

interface SignInAudit {
  readonly audit: Pick<AuditTrail, 'record' | 'written'>;
  readonly iam: { readonly database: Database };
}

/** What somebody typed. */
type TypedName = { readonly email: string } | { readonly account: string; readonly userName: string };

/**
 * Records a try to sign in to the console that was looked at; resolves when that is in the file. One that only lacks a
 * second factor or a new password is no try yet.
 *
 * @param outcome undefined where name or password were wrong
 */
export async function recordSignIn(
  { audit, iam: { database } }: SignInAudit,
  request: FastifyRequest,
  name: TypedName,
  outcome: SignInOutcome | undefined,
): Promise<void> {
  if (outcome?.kind === 'new-password-required' || outcome?.kind === 'second-factor-required') return;
  const identity = outcome?.kind === 'signed-in' ? outcome.identity : undefined;
  const who = identity === undefined ? await failed(database, name) : await succeeded(database, identity);
  if (who === undefined) return;
  const { protocol, host } = request.origin;
  audit.record(
    consoleSignInEvent({
      identity: who,
      succeeded: identity !== undefined,
      usedSecondFactor: outcome?.kind === 'second-factor-refused' || identity?.mfaAuthenticatedAt !== undefined,
      loginTo: `${protocol}://${host}/console`,
      ...factsOf(request),
    }),
  );
  await audit.written();
}

/** Records what the root user of an account did, or tried to; resolves when that is in the file. */
export async function recordRootUserAct(
  audit: SignInAudit['audit'],
  request: FastifyRequest,
  principal: Principal,
  act: Parameters<typeof rootUserEvent>[0],
  succeeded = true,
): Promise<void> {
  audit.record(rootUserEvent(act, succeeded, { identity: userIdentityOf(principal), ...factsOf(request) }));
  await audit.written();
}

function factsOf(request: FastifyRequest) {
  return {
    requestId: randomUUID(),
    time: new Date(),
    sourceIp: request.origin.address,
    userAgent: request.headers['user-agent'],
    tls: tlsDetailsOf(request.raw),
  };
}

async function succeeded(
  database: Database,
  { accountId, userId }: ConsoleIdentity,
): Promise<UserIdentity | undefined> {
  const principal = userId === null ? rootPrincipal(accountId) : await loadUserPrincipal(database, userId);
  return principal && userIdentityOf(principal);
}

/** Undefined where no account is concerned: nobody could look it up. */
async function failed(database: Database, name: TypedName): Promise<UserIdentity | undefined> {
  const accounts = database.selectFrom('accounts as account').select('account.account_id');
  if ('email' in name) {
    const account = await accounts.where(sql`lower(root_email)`, '=', name.email.toLowerCase()).executeTakeFirst();
    return account && failedIdentity(account.account_id, 'root');
  }
  const account = await accounts
    .leftJoin('account_aliases as alias', 'alias.account_id', 'account.account_id')
    .where((eb) => eb.or([eb('account.account_id', '=', name.account), eb('alias.alias', '=', name.account)]))
    .executeTakeFirst();
  const user = account && (await findUser(database, account.account_id, name.userName));
  return account && failedIdentity(account.account_id, user?.user_name);
}
