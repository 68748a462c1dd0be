import { groupPath } from '../groups/groups.ts';
import { rolePath } from '../roles/roles.ts';
import { userPath } from '../users.ts';
import type { PolicyHolder } from './policy-holders.ts';

const PATHS = { user: userPath, group: groupPath, role: rolePath };

/** The address of a user's, group's or role's page below /console. */
export function holderPath({ kind, name }: PolicyHolder): string {
  return PATHS[kind](name);
}
