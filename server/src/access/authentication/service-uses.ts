import type { Database } from '../../storage/database/database.ts';
import { LastUses } from './last-uses.ts';

/** Notes when users and roles last used each service, for the service last accessed details of IAM. */
export class ServiceUses {
  readonly #uses: LastUses;

  constructor(database: Database) {
    this.#uses = new LastUses((id, { usedAt, region, service }) =>
      database
        .insertInto('service_uses')
        .values({ identity_id: identityOf(id), service, used_at: usedAt, region })
        .onConflict((conflict) =>
          conflict
            .columns(['identity_id', 'service'])
            .doUpdateSet({ used_at: usedAt, region })
            // Another node may have seen a later use.
            .where('service_uses.used_at', '<=', usedAt),
        )
        .execute(),
    );
  }

  /** @param identityId AIDA… or AROA…; null for the root user, whom nothing is told of */
  record(identityId: string | null, region: string, service: string): void {
    if (identityId !== null) this.#uses.record(`${identityId} ${service}`, region, service);
  }

  /** Writes the uses not written yet. */
  close(): Promise<void> {
    return this.#uses.close();
  }
}

function identityOf(id: string): string {
  return id.slice(0, id.indexOf(' '));
}
