import { isIP } from 'node:net';

const SSH_PORT = 2222;

/** The addresses of this installation as its users write them. */
export class Endpoint {
  readonly #publicUrl: () => URL;
  readonly #defaultRegion: string;

  /**
   * @param publicUrl scheme, host and port under which users reach Codekeep; asked when needed, as a free port is
   *   known only once the server listens
   * @param defaultRegion the Region of hosts that do not name one
   */
  constructor(publicUrl: () => URL, defaultRegion: string) {
    this.#publicUrl = publicUrl;
    this.#defaultRegion = defaultRegion;
  }

  /** Without a slash at its end. */
  get url(): string {
    return this.#publicUrl().origin;
  }

  cloneUrlHttp(region: string, repositoryName: string): string {
    const { protocol, port } = this.#publicUrl();
    return `${protocol}//${this.#host(region)}${port === '' ? '' : `:${port}`}/v1/repos/${repositoryName}`;
  }

  cloneUrlSsh(region: string, repositoryName: string): string {
    return `ssh://${this.#host(region)}:${SSH_PORT}/v1/repos/${repositoryName}`;
  }

  /** The default Region needs no name of its own; others are told by git-codecommit.REGION.HOST, as on AWS. */
  #host(region: string): string {
    const { hostname } = this.#publicUrl();
    if (region === this.#defaultRegion) return hostname;
    const address = hostname.replace(/^\[|\]$/g, '');
    // An address can have no names below it; every resolver that Git uses takes *.localhost for loopback.
    return `git-codecommit.${region}.${isIP(address) === 0 ? hostname : 'localhost'}`;
  }
}
