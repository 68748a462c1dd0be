/** Every number that bounds what SSH clients may take. */
export interface SshLimits {
  /** Connections that have not signed in yet, from anywhere; more are told so and closed. */
  readonly unauthenticated: number;
  /** The same from one address. */
  readonly unauthenticatedPerAddress: number;
  /** Failed tries to sign in of one connection; `none`, which asks for the methods, is free once. */
  readonly tries: number;
  /** How long signing in may take. */
  readonly loginGraceMs: number;
  /** How long a connection or a command may be silent in both directions. */
  readonly idleMs: number;
  /** Channels that one connection may have open. */
  readonly channels: number;
  /** Characters of a command. */
  readonly commandLength: number;
  /** Bytes of the names and values of the environment that a client sends for one command. */
  readonly environmentBytes: number;
  /** Bytes that wait for one connection in either direction, beyond which the client breaks the rules. */
  readonly waitingBytes: number;
}

export const DEFAULT_SSH_LIMITS: SshLimits = {
  unauthenticated: 200,
  unauthenticatedPerAddress: 50,
  tries: 6,
  loginGraceMs: 60_000,
  idleMs: 10 * 60_000,
  channels: 10,
  commandLength: 4_096,
  environmentBytes: 8_192,
  waitingBytes: 8 * 1024 * 1024,
};
