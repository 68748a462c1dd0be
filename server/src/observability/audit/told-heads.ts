import type { Database } from '../../storage/database/database.ts';
import type { ChainHead } from './hash-chain.ts';

/** What the database was told of, by chain: the number of its newest line. */
export type ToldHeads = ReadonlyMap<string, number>;

/** The newest line of each chain that the database was told of. */
export async function toldHeads(database: Database): Promise<ToldHeads> {
  const rows = await database.selectFrom('audit_chains').select(['chain_id', 'sequence']).execute();
  return new Map(rows.map(({ chain_id: chain, sequence }) => [chain, sequence]));
}

export function isTold({ chain, sequence }: Pick<ChainHead, 'chain' | 'sequence'>, heads: ToldHeads): boolean {
  return sequence <= (heads.get(chain) ?? 0);
}
