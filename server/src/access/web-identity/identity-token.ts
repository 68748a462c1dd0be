import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { IdentityProvider, ProviderKeys } from './provider-keys.ts';

/** Why an identity token is not taken. */
export type IdentityTokenProblem =
  | 'malformed'
  /** With the time at which it ended, in seconds since the epoch. */
  | { readonly expiredAt: number }
  /** It is not valid yet. */
  | 'early'
  | 'signature'
  | { readonly missing: string };

export class IdentityTokenError extends Error {
  override readonly name = 'IdentityTokenError';
  readonly problem: IdentityTokenProblem;

  constructor(problem: IdentityTokenProblem) {
    super('The identity token is not valid');
    this.problem = problem;
  }
}

/** What an identity token says, once it is verified. */
export interface IdentityClaims {
  readonly issuer: string;
  readonly subject: string;
  /** `azp` where the token has one, else `aud`: IAM User Guide, "Available keys for AWS OIDC federation". */
  readonly audiences: readonly string[];
  readonly amr: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/** "IAM User Guide", "Create a role for OpenID Connect federation": the algorithms that AWS takes. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
const CLOCK_TOLERANCE_SECONDS = 60;

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));
const MAX_TAGS = 50;
const tagKey = z.string().min(1).max(128);
const tagClaims = z.object({
  principal_tags: z
    .record(tagKey, z.tuple([z.string().max(256)]))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS)
    .default({}),
  transitive_tag_keys: z.array(tagKey).max(MAX_TAGS).default([]),
});
const claims = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  aud: texts,
  azp: z.string().optional(),
  amr: texts.default([]),
  'https://aws.amazon.com/tags': tagClaims.default({ principal_tags: {}, transitive_tag_keys: [] }),
  'https://aws.amazon.com/source_identity': z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/)
    .optional(),
});

/** Who a token says that it is from; nothing of that is proved. @throws IdentityTokenError */
export function claimedIssuer(token: string): string {
  const { iss } = decoded(token);
  if (typeof iss !== 'string') throw new IdentityTokenError({ missing: 'iss' });
  return iss;
}

/**
 * Verifies a token of OpenID Connect against the keys of its provider; the audience is left to the caller.
 *
 * @throws IdentityTokenError, ProviderKeysError
 */
export async function verifyIdentityToken(
  token: string,
  provider: IdentityProvider,
  keys: ProviderKeys,
  time: Date,
): Promise<IdentityClaims> {
  const verify = async (isUnknownKey: boolean) =>
    jwtVerify(token, await keys.of(provider, isUnknownKey), {
      algorithms: ALGORITHMS,
      issuer: `https://${provider.url}`,
      requiredClaims: ['exp', 'iat', 'sub', 'aud'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: time,
    });
  try {
    const { payload } = await verify(false).catch((error: unknown) => {
      if (error instanceof errors.JWKSNoMatchingKey) return verify(true);
      throw error;
    });
    return identityClaims(payload);
  } catch (error) {
    throw tokenError(error);
  }
}

function decoded(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw new IdentityTokenError('malformed');
  }
}

function identityClaims(payload: JWTPayload): IdentityClaims {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw new IdentityTokenError('malformed');
  const { iss, sub, aud, azp, amr } = parsed.data;
  const { principal_tags, transitive_tag_keys } = parsed.data['https://aws.amazon.com/tags'];
  return {
    issuer: iss,
    subject: sub,
    audiences: azp === undefined ? aud : [azp],
    amr,
    tags: Object.fromEntries(Object.entries(principal_tags).map(([key, [value]]) => [key, value])),
    transitiveTagKeys: transitive_tag_keys,
    sourceIdentity: parsed.data['https://aws.amazon.com/source_identity'],
  };
}

function tokenError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new IdentityTokenError({ expiredAt: error.payload.exp ?? 0 });
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return new IdentityTokenError({ missing: error.claim });
    return new IdentityTokenError(error.claim === 'nbf' ? 'early' : 'malformed');
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
    return new IdentityTokenError('malformed');
  }
  return error instanceof errors.JOSEError ? new IdentityTokenError('signature') : error;
}
