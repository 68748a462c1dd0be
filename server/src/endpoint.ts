import { isIP } from 'node:net';

/** What ssh takes when an address names no port. */
const DEFAULT_SSH_PORT = 22;

interface EndpointAddresses {
  /** Scheme, host and port under which users reach Codekeep, where the operator has told. */
  readonly publicUrl: URL | undefined;
  /** Where the server listens; asked when needed, as a free port is known only then. */
  readonly http: () => URL;
  /** Undefined where it does not listen for TLS. */
  readonly https: () => URL | undefined;
  /** Under which users reach SSH. */
  readonly sshPort: () => number;
}

/** The addresses of this installation as its users write them. */
export class Endpoint {
  readonly #addresses: EndpointAddresses;
  readonly #defaultRegion: string;

  /** @param defaultRegion the Region of hosts that do not name one */
  constructor(addresses: EndpointAddresses, defaultRegion: string) {
    this.#addresses = addresses;
    this.#defaultRegion = defaultRegion;
  }

  /** Without a slash at its end. */
  get url(): string {
    return this.#url(false).origin;
  }

  /** Without a slash at its end; undefined where there is no TLS. */
  get secureUrl(): string | undefined {
    const url = this.#addresses.publicUrl ?? this.#addresses.https();
    return url?.protocol === 'https:' ? url.origin : undefined;
  }

  /**
   * @param secure for who came over TLS, and so trusts the certificate: the clone URL is one of TLS then
   */
  cloneUrlHttp(region: string, repositoryName: string, secure = false): string {
    const url = this.#url(secure);
    const port = url.port === '' ? '' : `:${url.port}`;
    return `${url.protocol}//${this.#host(url, region)}${port}/v1/repos/${repositoryName}`;
  }

  cloneUrlSsh(region: string, repositoryName: string): string {
    const port = this.#addresses.sshPort();
    const host = this.#host(this.#url(false), region);
    return `ssh://${host}${port === DEFAULT_SSH_PORT ? '' : `:${port}`}/v1/repos/${repositoryName}`;
  }

  #url(secure: boolean): URL {
    const { publicUrl, http, https } = this.#addresses;
    return publicUrl ?? (secure ? https() : undefined) ?? http();
  }

  /** The default Region needs no name of its own; others are told by git-codecommit.REGION.HOST, as on AWS. */
  #host({ hostname }: URL, region: string): string {
    if (region === this.#defaultRegion) return hostname;
    const address = hostname.replace(/^\[|\]$/g, '');
    // An address can have no names below it; every resolver that Git uses takes *.localhost for loopback.
    return `git-codecommit.${region}.${isIP(address) === 0 ? hostname : 'localhost'}`;
  }
}
