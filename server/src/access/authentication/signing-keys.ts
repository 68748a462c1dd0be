import type { AccessKeys, FoundAccessKey } from './access-keys.ts';
import type { LastUses } from './last-uses.ts';
import type { ServiceUses } from './service-uses.ts';
import type { SessionClaims, SessionTokens } from './session-tokens.ts';
import { SignatureError } from './signature-error.ts';

/** The key of temporary credentials whose token was sent along. */
interface TemporaryAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active';
  /** Twelve digits. */
  readonly accountId: string;
  readonly session: SessionClaims;
}

/** What a request can be signed with. */
export type SigningKey = FoundAccessKey | TemporaryAccessKey;

/** Finds the keys that requests are signed with, long-lived and temporary ones, for every door. */
export class SigningKeys {
  readonly #accessKeys: AccessKeys;
  readonly #sessionTokens: SessionTokens;
  readonly #roleUses: LastUses;
  readonly #serviceUses: ServiceUses;

  constructor(accessKeys: AccessKeys, sessionTokens: SessionTokens, roleUses: LastUses, serviceUses: ServiceUses) {
    this.#accessKeys = accessKeys;
    this.#sessionTokens = sessionTokens;
    this.#roleUses = roleUses;
    this.#serviceUses = serviceUses;
  }

  /**
   * A long-lived key, whatever its status, or a temporary one; undefined when there is none, the session token is not
   * the key's, or what the session came from has ended.
   *
   * @throws SignatureError `expiredToken`
   */
  async find(accessKeyId: string, sessionToken: string | undefined, time: Date): Promise<SigningKey | undefined> {
    if (sessionToken === undefined) return this.#accessKeys.find(accessKeyId);
    const session = await this.#sessionTokens.open(sessionToken);
    if (session?.accessKeyId !== accessKeyId || !(await this.#hasItsParent(session))) return undefined;
    if (session.expiresAt <= time.getTime()) {
      throw new SignatureError('expiredToken', 'The security token included in the request is expired');
    }
    return {
      accessKeyId,
      secretAccessKey: this.#sessionTokens.secretAccessKey(accessKeyId),
      status: 'Active',
      accountId: session.accountId,
      session,
    };
  }

  /**
   * Notes a use for GetAccessKeyLastUsed, which tells of long-lived keys, for the RoleLastUsed of GetRole, and for the
   * service last accessed details of the user or the role.
   */
  recordUse(key: SigningKey, region: string, service: string): void {
    if (!('session' in key)) this.#accessKeys.recordUse(key.accessKeyId, region, service);
    else if (key.session.subject.kind === 'assumed-role') {
      this.#roleUses.record(key.session.subject.roleId, region, service);
    }
    this.#serviceUses.record(identityOf(key), region, service);
  }

  async #hasItsParent({ subject, accountId }: SessionClaims): Promise<boolean> {
    if (subject.kind === 'assumed-role' || subject.parentAccessKeyId === undefined) return true;
    const parent = await this.#accessKeys.find(subject.parentAccessKeyId);
    return parent?.status === 'Active' && parent.accountId === accountId && parent.userId === subject.userId;
  }
}

/** The user or the role that a key acts for; null for the root user, and for a federated user, whom IAM does not keep. */
function identityOf(key: SigningKey): string | null {
  if (!('session' in key)) return key.userId;
  const { subject } = key.session;
  if (subject.kind === 'assumed-role') return subject.roleId;
  return subject.kind === 'user' ? subject.userId : null;
}
