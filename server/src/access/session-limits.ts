import type { Principal } from './principal.ts';

/**
 * Whether temporary credentials are good for a service at all, whatever policies say: those of GetSessionToken call IAM
 * only after a second factor, federated users never. (What STS refuses to them, its operations say.)
 *
 * Source: IAM User Guide, "Compare AWS STS credentials".
 *
 * @param service the signing name, such as `iam`
 */
export function mayCallService({ kind, session }: Principal, service: string): boolean {
  if (service !== 'iam' || session === undefined || kind === 'assumed-role') return true;
  return kind !== 'federated-user' && session.mfaAuthenticatedAt !== undefined;
}
