import { hash, randomBytes } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';
import type { PrincipalSession } from '../principal.ts';

/** "How long can I be signed in": AWS Sign-In ends a console session after twelve hours. */
const CONSOLE_SESSION_MILLISECONDS = 12 * 60 * 60 * 1000;
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** An account's root user, or one of its IAM users. */
export interface ConsoleIdentity {
  readonly accountId: string;
  /** Null: the root user. */
  readonly userId: string | null;
}

/** Somebody whose password has been checked. */
export interface CheckedIdentity extends ConsoleIdentity {
  /** The stored hash that the password was checked against: the session lives as long as it is stored. */
  readonly passwordHash: string;
  readonly mfaAuthenticatedAt?: Date | undefined;
}

/** A session as its cookie's token finds it. */
export interface ConsoleSession extends ConsoleIdentity, PrincipalSession {}

/**
 * Sessions of the console, by a token of 256 random bits that only its cookie holds. Looked up in the database at each
 * use: a deleted user, a deleted or changed password and a sign-out on whichever node end it for the next request.
 */
export class ConsoleSessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Also forgets the sessions of all users that are over by themselves. */
  async open(identity: CheckedIdentity, time: Date): Promise<{ readonly token: string; readonly expiresAt: Date }> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expires_at = time.getTime() + CONSOLE_SESSION_MILLISECONDS;
    await this.#database.deleteFrom('console_sessions').where('expires_at', '<=', time.getTime()).execute();
    await this.#database
      .insertInto('console_sessions')
      .values({
        token_hash: fingerprint(token),
        account_id: identity.accountId,
        user_id: identity.userId,
        password_check: fingerprint(identity.passwordHash),
        mfa_authenticated_at: identity.mfaAuthenticatedAt?.getTime() ?? null,
        created_at: time.getTime(),
        expires_at,
      })
      .execute();
    return { token, expiresAt: new Date(expires_at) };
  }

  /** Undefined when nobody is signed in with this token, or not any more. */
  async find(token: string, time: Date): Promise<ConsoleSession | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const row = await this.#database
      .selectFrom('console_sessions as session')
      .innerJoin('accounts as account', 'account.account_id', 'session.account_id')
      .leftJoin('login_profiles as profile', 'profile.user_id', 'session.user_id')
      .selectAll('session')
      .select(['account.root_password_hash', 'profile.password_hash'])
      .where('session.token_hash', '=', fingerprint(token))
      .where('session.expires_at', '>', time.getTime())
      .executeTakeFirst();
    const passwordHash = row?.user_id === null ? row.root_password_hash : row?.password_hash;
    if (row === undefined || !passwordHash || fingerprint(passwordHash) !== row.password_check) return undefined;
    return {
      accountId: row.account_id,
      userId: row.user_id,
      issuedAt: new Date(row.created_at),
      expiresAt: new Date(row.expires_at),
      ...(row.mfa_authenticated_at !== null && { mfaAuthenticatedAt: new Date(row.mfa_authenticated_at) }),
    };
  }

  async close(token: string): Promise<void> {
    await this.#database.deleteFrom('console_sessions').where('token_hash', '=', fingerprint(token)).execute();
  }

  /** Signs the user out of every browser. */
  async closeAll({ accountId, userId }: ConsoleIdentity): Promise<void> {
    await this.#database
      .deleteFrom('console_sessions')
      .where('account_id', '=', accountId)
      .where('user_id', userId === null ? 'is' : '=', userId)
      .execute();
  }
}

function fingerprint(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
