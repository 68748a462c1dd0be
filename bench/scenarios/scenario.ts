import type { Row } from '../measurement.ts';
import type { CodekeepPeer } from '../peers/codekeep.ts';
import type { HttpBackend } from '../peers/http-backend.ts';
import type { Peer } from '../peers/peer.ts';

export interface Bench {
  readonly codekeep: CodekeepPeer;
  readonly httpBackend: HttpBackend;
  /** Codekeep, http-backend and `git daemon`. */
  readonly servers: readonly Peer[];
  /** The servers and `file://`. */
  readonly peers: readonly Peer[];
  readonly repetitions: number;
  /** How often a repository is pushed to before it counts as grown. */
  readonly pushes: number;
  /** Memory-backed, for what clients write. */
  readonly scratch: string;
}

/** One history, the same in every peer. */
export interface BenchRepository {
  /** Such as `small (10.1 MB, 20,724 objects, 75 references)`. */
  readonly label: string;
  readonly name: string;
  /** The bare repository that was imported. */
  readonly source: string;
  urlOf(peer: Pick<Peer, 'name'>): string;
}

/** A measurement on a history of some size. */
export type RepositoryScenario = (bench: Bench, repository: BenchRepository) => Promise<readonly Row[]>;
