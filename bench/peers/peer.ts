import type { GitClient } from '../../server/test/harness/git-client.ts';

/** A Git server under measurement. */
export interface Peer {
  readonly name: string;
  /** With credentials, where the server asks for them. */
  readonly git: GitClient;
  /** For requests without git: the value of the Authorization header, where the server asks for one. */
  readonly authorization?: string;
  /** Absent where there is no server to ask over HTTP. */
  readonly speaksHttp: boolean;
  /** Makes an empty repository and returns its URL. */
  createRepository(name: string): Promise<string>;
  /** Makes a repository with everything of a bare one, and returns its URL. */
  importRepository(name: string, source: string): Promise<string>;
  deleteRepository(name: string): Promise<void>;
  /** Processor time of the server and of all that it started, in seconds; undefined where it cannot be counted. */
  processorSeconds(): number | undefined;
  stop(): Promise<void>;
}
