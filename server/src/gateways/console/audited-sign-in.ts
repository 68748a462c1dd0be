import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ConsoleIdentity } from '../../access/authentication/console-sessions.ts';
import { loadUserPrincipal, rootPrincipal } from '../../access/principals.ts';
import type { AuditTrail } from '../../observability/audit/audit-trail.ts';
import { consoleSignInEvent, failedIdentity } from '../../observability/audit/sign-in-events.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import { type UserIdentity, userIdentityOf } from '../../observability/audit/user-identity.ts';
import type { SignInOutcome } from '../../services/iam/sign-in.ts';
import { findUser } from '../../services/iam/user-targets.ts';
import type { Database } from '../../storage/database/database.ts';

/** What somebody typed. */
type TypedName = { readonly email: string } | { readonly account: string; readonly userName: string };

/**
 * Records a try to sign in to the console that was looked at; resolves when that is in the file. One that only lacks a
 * second factor or a new password is no try yet.
 *
 * @param outcome undefined where name or password were wrong
 */
export async function recordSignIn(
  audit: Pick<AuditTrail, 'record' | 'written'>,
  database: Database,
  request: FastifyRequest,
  name: TypedName,
  outcome: SignInOutcome | undefined,
): Promise<void> {
  if (outcome?.kind === 'new-password-required' || outcome?.kind === 'second-factor-required') return;
  const identity = outcome?.kind === 'signed-in' ? outcome.identity : undefined;
  const who = identity === undefined ? await failed(database, name) : await succeeded(database, identity);
  if (who === undefined) return;
  audit.record(
    consoleSignInEvent({
      identity: who,
      succeeded: identity !== undefined,
      usedSecondFactor: outcome?.kind === 'second-factor-refused' || identity?.mfaAuthenticatedAt !== undefined,
      loginTo: `${request.protocol}://${request.host}/console`,
      requestId: randomUUID(),
      time: new Date(),
      sourceIp: request.ip,
      userAgent: request.headers['user-agent'],
      tls: tlsDetailsOf(request.raw),
    }),
  );
  await audit.written();
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
  const accounts = database.selectFrom('accounts').select('account_id');
  if ('email' in name) {
    const account = await accounts.where('root_email', '=', name.email).executeTakeFirst();
    return account && failedIdentity(account.account_id, 'root');
  }
  const account = /^\d{12}$/.test(name.account)
    ? await accounts.where('account_id', '=', name.account).executeTakeFirst()
    : undefined;
  const user = account && (await findUser(database, name.account, name.userName));
  return account && failedIdentity(account.account_id, user?.user_name);
}
