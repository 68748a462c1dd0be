import type { Database } from '../../storage/database/database.ts';
import { LastUses } from './last-uses.ts';

/** Notes when sessions of each role were used, by role ID. */
export function roleUses(database: Database): LastUses {
  return new LastUses((roleId, use) =>
    database
      .updateTable('roles')
      .set({ last_used_at: use.usedAt, last_used_region: use.region })
      .where('role_id', '=', roleId)
      // Another node may have seen a later use.
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', use.usedAt)]))
      .execute(),
  );
}
