import { isIP } from 'node:net';

/** What ssh takes when an address names no port. */
const DEFAULT_SSH_PORT = 22;

/** The addresses of this installation as its users write them. */
export class Endpoint {
  readonly #publicUrl: () => URL;
  readonly #defaultRegion: string;
  readonly #sshPort: () => number;

  /**
   * @param publicUrl scheme, host and port under which users reach Codekeep; asked when needed, as a free port is
   *   known only once the server listens
   * @param defaultRegion the Region of hosts that do not name one
   * @param sshPort the port under which users reach SSH
   */
  constructor(publicUrl: () => URL, defaultRegion: string, sshPort: () => number) {
    this.#publicUrl = publicUrl;
    this.#defaultRegion = defaultRegion;
    this.#sshPort = sshPort;
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
    const port = this.#sshPort();
    return `ssh://${this.#host(region)}${port === DEFAULT_SSH_PORT ? '' : `:${port}`}/v1/repos/${repositoryName}`;
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
