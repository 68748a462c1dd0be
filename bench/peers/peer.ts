import type { GitClient } from '../../server/test/harness/git-client.ts';

export const CODEKEEP = 'Codekeep';
export const HTTP_BACKEND = 'nginx + git http-backend';
export const GIT_DAEMON = 'git daemon';
export const LOCAL_FILES = 'file:// (floor)';
/** Those that send over a network. */
export const OTHER_SERVERS = [HTTP_BACKEND, GIT_DAEMON] as const;

/** A Git server under measurement. */
export interface Peer {
  readonly name: string;
  /** With credentials, where the server asks for them. */
  readonly git: GitClient;
  /** For requests without git: the value of the Authorization header, where the server asks for one. */
  readonly authorization?: string;
  readonly protocol: 'http' | 'git' | 'file';
  /** Makes an empty repository and returns its URL. */
  createRepository(name: string): Promise<string>;
  /** Makes a repository with everything of a bare one, and returns its URL. */
  importRepository(name: string, source: string): Promise<string>;
  deleteRepository(name: string): Promise<void>;
  /** Waits until the server has nothing left to do in the background. */
  settled(): Promise<void>;
  /** Processor time of the server and of all that it started, in seconds; undefined where it cannot be counted. */
  processorSeconds(): number | undefined;
  stop(): Promise<void>;
}
