import type { Credentials } from '@aws-sdk/client-sts';
import type { TemporaryCredentials } from '../../access/authentication/session-tokens.ts';

export function issuedCredentials(issued: TemporaryCredentials): Credentials {
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: issued.expiration,
  };
}
