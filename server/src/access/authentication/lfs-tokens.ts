import type { Sealer } from '../../storage/encryption/sealing.ts';

/** What a token lets its bearer do: the transfers of one repository in one direction. */
export interface LfsGrant {
  readonly userId: string;
  /** What the user signed in with; without it, or when it does not count any more, the token is worth nothing. */
  readonly sshPublicKeyId: string;
  readonly repositoryName: string;
  readonly region: string;
  readonly operation: 'download' | 'upload';
}

interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

const CONTEXT = { purpose: 'git-lfs token' };
const LIFETIME_SECONDS = 15 * 60;
const BASE64URL = /^[A-Za-z0-9_-]{1,4096}$/;

/**
 * What `git-lfs-authenticate` hands out over SSH for requests over HTTP: a grant sealed under the root key. Its SSH
 * key, its user and their policies are looked up at each use, so it is worth nothing more than they are then.
 */
export class LfsTokens {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  async issue(grant: LfsGrant, now: Date): Promise<IssuedToken> {
    const expiresAt = now.getTime() + LIFETIME_SECONDS * 1000;
    const sealed = await this.#sealer.seal(Buffer.from(JSON.stringify({ ...grant, expiresAt })), CONTEXT);
    return { token: sealed.toString('base64url'), expiresInSeconds: LIFETIME_SECONDS };
  }

  /** Undefined for what is no token of ours, was altered or has expired. */
  async open(token: string, now: Date): Promise<LfsGrant | undefined> {
    if (!BASE64URL.test(token)) return undefined;
    try {
      const opened = await this.#sealer.unseal(Buffer.from(token, 'base64url'), CONTEXT);
      const { expiresAt, ...grant } = JSON.parse(opened.toString()) as LfsGrant & { expiresAt: number };
      return now.getTime() < expiresAt ? grant : undefined;
    } catch {
      return undefined;
    }
  }
}
