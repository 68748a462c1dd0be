import {
  DecodeAuthorizationMessage$,
  DecodeAuthorizationMessageCommand,
  InvalidAuthorizationMessageException$,
} from '@aws-sdk/client-sts';
import { ServiceError } from '../service-error.ts';
import { operation } from './service.ts';

/**
 * Decodes the messages of services that encode why they refuse, such as EC2. On AWS neither IAM, STS, KMS nor CodeCommit
 * does that: they tell the reason in clear text, as here. So no message can be one of this server's.
 *
 * Source: STS API Reference, DecodeAuthorizationMessage.
 */
export const decodeAuthorizationMessage = operation(DecodeAuthorizationMessage$, DecodeAuthorizationMessageCommand, {
  target: (_services, { principal: { accountId } }) => ({ resources: [{ arn: '*', accountId }] }),
  handle: () => {
    throw new ServiceError(
      InvalidAuthorizationMessageException$,
      'Message is not valid. (No service of this server encodes its refusals.)',
    );
  },
});
