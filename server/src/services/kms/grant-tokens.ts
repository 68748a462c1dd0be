import { InvalidGrantTokenException$ } from '@aws-sdk/client-kms';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { ServiceError } from '../service-error.ts';

const CONTEXT = { purpose: 'kms-grant-token' };

/**
 * A grant token names a grant. On AWS it makes a new grant hold before all nodes know it; here a grant holds for every
 * request that begins after CreateGrant has answered, so a token gives nothing more. No two are the same.
 */
export async function newGrantToken(sealer: Sealer, grantId: string): Promise<string> {
  return (await sealer.seal(Buffer.from(grantId), CONTEXT)).toString('base64');
}

/** @returns the ID of the grant. @throws InvalidGrantTokenException */
export async function openGrantToken(sealer: Sealer, token: string): Promise<string> {
  try {
    return (await sealer.unseal(Buffer.from(token, 'base64'), CONTEXT)).toString();
  } catch (error) {
    if (error instanceof SealedMessageError) throw new ServiceError(InvalidGrantTokenException$, '');
    throw error;
  }
}

/** @throws InvalidGrantTokenException for a token that nothing here has given */
export async function checkGrantTokens(sealer: Sealer, tokens: readonly string[] | undefined): Promise<void> {
  await Promise.all((tokens ?? []).map((token) => openGrantToken(sealer, token)));
}
