import type { Database } from '../../storage/database/database.ts';
import { AccessCache } from '../access-cache.ts';
import type { Principal } from '../principal.ts';
import type { GitCredentials } from './git-credentials.ts';
import { type GitSignature, isGitSignatureCurrent, matchesGitSignature, readGitSignature } from './git-signature.ts';
import type { SignInGuard } from './sign-in-guard.ts';
import { SignatureError } from './signature-error.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

/** Basic credentials of a Git request, and what a signature in them was made for. */
export interface GitSignIn {
  readonly userName: string;
  readonly password: string;
  /** The Host header as it was sent, with its port if it has one; further names of the same host may follow. */
  readonly hosts: readonly string[];
  /** Of the request, without its query. */
  readonly path: string;
  /** The Region that the host names, if it does. */
  readonly region: string | undefined;
  /** Of the peer, IPv4 or IPv6. */
  readonly address: string;
  readonly time: Date;
}

/** Who makes a Git request, and in which Region. */
export interface GitCaller {
  readonly principal: Principal;
  readonly region: string;
  /** What a signature was made with; absent for a password. */
  readonly accessKeyId?: string;
}

interface GitAuthenticationOptions {
  readonly database: Database;
  readonly gitCredentials: Pick<GitCredentials, 'authenticate'>;
  readonly signInGuard: SignInGuard;
  readonly signingKeys: Pick<SigningKeys, 'find' | 'recordUse'>;
  readonly loadUser: (userId: string) => Promise<Principal | undefined>;
  /** Who a key speaks for; undefined when the user or the role is no more. */
  readonly loadPrincipal: (key: SigningKey) => Promise<Principal | undefined>;
  /** The Region of hosts that name none. */
  readonly defaultRegion: string;
}

/** An account with repositories in more Regions than this signs for the others by hosts that name them. */
const MAX_REGIONS_TRIED = 16;

/**
 * Sign-in of Git over HTTPS: Git credentials of an IAM user, or the signature that `aws codecommit credential-helper`
 * and git-remote-codecommit make of an access key.
 */
export class GitAuthentication {
  readonly #options: GitAuthenticationOptions;

  constructor(options: GitAuthenticationOptions) {
    this.#options = options;
  }

  /**
   * Undefined when nobody has these credentials, or a signature is over, or made for something else.
   *
   * @throws TooManyAttemptsError for one more wrong password after many
   */
  async authenticate(signIn: GitSignIn): Promise<GitCaller | undefined> {
    const signature = readGitSignature(signIn.userName, signIn.password);
    return signature === undefined ? this.#byPassword(signIn) : this.#bySignature(signature, signIn);
  }

  async #byPassword({ userName, password, region, address }: GitSignIn): Promise<GitCaller | undefined> {
    const { signInGuard, gitCredentials } = this.#options;
    const userId = await signInGuard.attempt({ secret: 'git password', principal: userName, address }, () =>
      gitCredentials.authenticate(userName, password),
    );
    const principal = userId === undefined ? undefined : await this.#options.loadUser(userId);
    return principal && { principal, region: region ?? this.#options.defaultRegion };
  }

  async #bySignature(signature: GitSignature, signIn: GitSignIn): Promise<GitCaller | undefined> {
    const { signingKeys, loadPrincipal } = this.#options;
    if (!isGitSignatureCurrent(signature, signIn.time)) return undefined;
    const key = await this.#find(signature, signIn.time);
    if (key?.status !== 'Active') return undefined;
    const region = await this.#signedRegion(signature, key, signIn);
    const principal = region === undefined ? undefined : await loadPrincipal(key);
    if (region === undefined || principal === undefined) return undefined;
    signingKeys.recordUse(key, region, 'codecommit');
    return { principal, region, accessKeyId: key.accessKeyId };
  }

  /** Git is told nothing but that it must ask for credentials anew: the tools then sign with new ones. */
  async #find({ accessKeyId, sessionToken }: GitSignature, time: Date): Promise<SigningKey | undefined> {
    try {
      return await this.#options.signingKeys.find(accessKeyId, sessionToken, time);
    } catch (error) {
      if (error instanceof SignatureError) return undefined;
      throw error;
    }
  }

  /**
   * The credentials do not tell the Region that they were signed for. A host that names its Region settles it; any
   * other serves the default Region and, for `codecommit::REGION://NAME`, those where the account has repositories.
   */
  async #signedRegion(
    signature: GitSignature,
    key: SigningKey,
    { hosts, path, region }: GitSignIn,
  ): Promise<string | undefined> {
    const isSignedFor = (each: string) => matchesGitSignature(signature, key, { hosts, path, region: each });
    const likeliest = region ?? this.#options.defaultRegion;
    if (isSignedFor(likeliest)) return likeliest;
    return region === undefined ? (await this.#regionsOf(key.accountId)).find(isSignedFor) : undefined;
  }

  #regionsOf(accountId: string): Promise<readonly string[]> {
    const { database } = this.#options;
    return AccessCache.of(database).read(`regions ${accountId}`, async () => {
      const rows = await database
        .selectFrom('repositories')
        .select('region')
        .distinct()
        .where('account_id', '=', accountId)
        .orderBy('region')
        .limit(MAX_REGIONS_TRIED)
        .execute();
      return rows.map((row) => row.region);
    });
  }
}
