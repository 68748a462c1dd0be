import { LRUCache } from 'lru-cache';
import { subscriberNetwork } from '../../access/policy/ip-range.ts';
import type { Database } from '../../storage/database/database.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { AuditedEvent } from './cloudtrail-record.ts';
import type { UserIdentity } from './user-identity.ts';

/** What somebody who could not prove it said to be. */
export type Claim =
  | { readonly accessKeyId: string }
  | { readonly serviceUserName: string }
  | { readonly sshPublicKeyId: string }
  /** Of a role that an identity provider's token is to open. */
  | { readonly roleArn: string };

export type FailedSignIn = Omit<AuditedEvent, 'identity' | 'additionalEventData'>;

/** One record for each claim, network and period; of all together no more than a stranger may fill a disk with. */
const PERIOD_MS = 60_000;
const RECORDS_OF_A_PERIOD = 300;
const REMEMBERED = 10_000;
/** As IAM forms them: nothing else can be stored, and PostgreSQL refuses some of it. */
const STORABLE = /^[\w+=,.@-]{1,200}$/;

/**
 * Records those who were refused because they could not prove who they are. Strangers cause these records, so most of many
 * are left out; the next one tells how many.
 */
export class FailedSignIns {
  readonly #audit: Pick<AuditTrail, 'record'>;
  readonly #database: Database;
  readonly #onWarning: (message: string, error?: unknown) => void;
  readonly #now: () => number;
  readonly #recent: LRUCache<string, true>;
  #period = 0;
  #recorded = 0;
  #leftOut = 0;

  constructor(
    audit: Pick<AuditTrail, 'record'>,
    database: Database,
    onWarning: (message: string, error?: unknown) => void,
    now: () => number = Date.now,
  ) {
    this.#audit = audit;
    this.#database = database;
    this.#onWarning = onWarning;
    this.#now = now;
    this.#recent = new LRUCache({ max: REMEMBERED, ttl: PERIOD_MS, ttlResolution: 0, perf: { now } });
  }

  /** @param claim undefined where the request names nobody */
  async record(claim: Claim | undefined, event: FailedSignIn): Promise<void> {
    if (!this.#admits(`${Object.values(claim ?? {}).join()} ${subscriberNetwork(event.sourceIp)}`)) {
      this.#leftOut++;
      return;
    }
    try {
      const identity = await this.#identityOf(claim);
      const leftOut = this.#leftOut;
      this.#leftOut = 0;
      this.#audit.record({
        ...event,
        identity,
        ...(leftOut > 0 && { additionalEventData: { failedSignInsLeftOut: leftOut } }),
      });
    } catch (error) {
      this.#onWarning('A failed sign-in could not be recorded', error);
    }
  }

  #admits(subject: string): boolean {
    const period = Math.floor(this.#now() / PERIOD_MS);
    if (period !== this.#period) {
      this.#period = period;
      this.#recorded = 0;
    }
    if (this.#recorded >= RECORDS_OF_A_PERIOD || this.#recent.has(subject)) return false;
    this.#recorded++;
    this.#recent.set(subject, true);
    return true;
  }

  /** What was typed as the name of somebody who does not exist may be a password, so it is not kept. */
  async #identityOf(claim: Claim | undefined): Promise<UserIdentity> {
    if (claim !== undefined && 'roleArn' in claim) return this.#ownerOf(claim.roleArn);
    const found = claim && Object.values(claim).every((name) => STORABLE.test(name)) && (await this.#find(claim));
    if (!found) return { type: 'Unknown' };
    const { account_id: accountId, user_name: userName, user_id: principalId } = found;
    const key = claim !== undefined && 'accessKeyId' in claim ? claim : {};
    if (userName === null || principalId === null) return { type: 'Root', accountId, ...key };
    return { type: 'IAMUser', principalId, accountId, userName, ...key };
  }

  async #ownerOf(roleArn: string): Promise<UserIdentity> {
    const [, accountId = ''] = /^arn:aws:iam::(\d{12}):/.exec(roleArn) ?? [];
    const account = await this.#database
      .selectFrom('accounts')
      .select('account_id')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    return { type: 'Unknown', ...(account !== undefined && { accountId }) };
  }

  #find(claim: Exclude<Claim, { readonly roleArn: string }>) {
    const columns = ['claimed.account_id', 'users.user_id', 'users.user_name'] as const;
    if ('accessKeyId' in claim) {
      return this.#database
        .selectFrom('access_keys as claimed')
        .leftJoin('users', 'users.user_id', 'claimed.user_id')
        .select(columns)
        .where('access_key_id', '=', claim.accessKeyId)
        .executeTakeFirst();
    }
    if ('serviceUserName' in claim) {
      return this.#database
        .selectFrom('service_specific_credentials as claimed')
        .innerJoin('users', 'users.user_id', 'claimed.user_id')
        .select(columns)
        .where('service_user_name', '=', claim.serviceUserName)
        .executeTakeFirst();
    }
    return this.#database
      .selectFrom('ssh_public_keys as claimed')
      .innerJoin('users', 'users.user_id', 'claimed.user_id')
      .select(columns)
      .where('ssh_public_key_id', '=', claim.sshPublicKeyId)
      .executeTakeFirst();
  }
}
