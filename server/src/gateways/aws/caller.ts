import type { IncomingMessage } from 'node:http';
import type { ReceivedRequest } from '../../access/authentication/canonical-request.ts';
import { invalidToken } from '../../access/authentication/signature-error.ts';
import type { SigningKey, SigningKeys } from '../../access/authentication/signing-keys.ts';
import { verifyRequestSignature } from '../../access/authentication/sigv4.ts';
import type { Principal } from '../../access/principal.ts';
import { mayCallService } from '../../access/session-limits.ts';
import type { CallCredential } from '../../services/operation.ts';

/** Who sends a request, and for which Region. */
interface Caller {
  readonly principal: Principal;
  readonly region: string;
  /** What the request was signed with, where it was signed. */
  readonly credential?: CallCredential;
}

/**
 * Finds out who sends a request.
 *
 * @param service the signing name of the addressed service, such as `iam`
 * @throws SignatureError when it cannot be told
 */
export type Authenticate = (
  request: IncomingMessage,
  received: ReceivedRequest,
  service: string,
  time: Date,
) => Promise<Caller>;

interface SignatureOptions {
  readonly signingKeys: Pick<SigningKeys, 'find' | 'recordUse'>;
  /** Who a key speaks for; undefined when the user or the role is no more. */
  readonly loadPrincipal: (key: SigningKey) => Promise<Principal | undefined>;
}

/** By the request's Signature Version 4. */
export function authenticateBySignature({ signingKeys, loadPrincipal }: SignatureOptions): Authenticate {
  return async (_request, received, service, time) => {
    const { accessKey, region } = await verifyRequestSignature(received, service, (id, sessionToken) =>
      signingKeys.find(id, sessionToken, time),
    );
    const principal = await loadPrincipal(accessKey);
    if (principal === undefined || !mayCallService(principal, service)) throw invalidToken();
    signingKeys.recordUse(accessKey, region, service);
    return { principal, region, credential: credentialOf(accessKey) };
  };
}

/** The key without its secret. */
function credentialOf(key: SigningKey): CallCredential {
  const { accessKeyId } = key;
  return 'session' in key ? { accessKeyId, session: key.session } : { accessKeyId };
}
