import type { SshLimits } from './ssh-limits.ts';

/** Counts the connections that have not signed in yet, which cost the server before it knows who they are. */
export class UnauthenticatedConnections {
  readonly #limits: SshLimits;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: SshLimits) {
    this.#limits = limits;
  }

  /** Why one more from this address is too many, as a line for the client; undefined when there is room. */
  refusal(address: string): string | undefined {
    const { unauthenticated, unauthenticatedPerAddress } = this.#limits;
    if (this.#total >= unauthenticated)
      return `Too many connections (${unauthenticated}) are signing in; try again later`;
    if ((this.#byAddress.get(address) ?? 0) >= unauthenticatedPerAddress) {
      return `Too many connections (${unauthenticatedPerAddress}) from your address are signing in; try again later`;
    }
    return undefined;
  }

  /** @returns what ends it: the connection has signed in, or is gone */
  begin(address: string): () => void {
    this.#total++;
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#total--;
      const rest = (this.#byAddress.get(address) ?? 1) - 1;
      if (rest === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, rest);
    };
  }
}
