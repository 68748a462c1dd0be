import type { IncomingMessage } from 'node:http';
import type { RequestEnvironment } from '../../access/principal.ts';
import type { AuditedEvent } from '../../observability/audit/cloudtrail-record.ts';
import type { FailedSignIn } from '../../observability/audit/failed-sign-ins.ts';
import { loggedMembers } from '../../observability/audit/logged-members.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import type { UnsignedOperation } from '../../services/operation.ts';
import { eventRegion } from './api-call-event.ts';
import type { AnyService } from './routing.ts';

/** A call that nobody has signed, on its way. */
export interface UnsignedAuditedCall {
  readonly service: AnyService;
  readonly operation: UnsignedOperation<unknown>;
  readonly requestId: string;
  readonly environment: RequestEnvironment;
  readonly request: IncomingMessage;
  readonly input: object;
}

/** What an unsigned call proves by its token: members of AssumeRoleWithWebIdentity. */
interface Federation {
  readonly RoleArn?: string;
  readonly SubjectFromWebIdentityToken?: string;
  readonly Audience?: string;
  readonly Provider?: string;
}

/** Source: CloudTrail User Guide, "CloudTrail userIdentity element", WebIdentityUser. */
export function unsignedCallEvent(call: UnsignedAuditedCall, output: object): AuditedEvent {
  const { SubjectFromWebIdentityToken: userName = '', Audience = '', Provider = '' }: Federation = output;
  const recipientAccountId = accountOf(roleArnOf(call));
  return {
    ...callFacts(call),
    identity: {
      type: 'WebIdentityUser',
      principalId: `${Provider}:${Audience}:${userName}`,
      userName,
      identityProvider: Provider,
    },
    ...(recipientAccountId !== undefined && { recipientAccountId }),
    responseElements: loggedMembers(call.operation.schema[5], output),
  };
}

export function refusedUnsignedCall(call: UnsignedAuditedCall, error: FailedSignIn['error']): FailedSignIn {
  return { ...callFacts(call), error };
}

/** The role that is asked for, as the request names it. */
export function roleArnOf({ input }: Pick<UnsignedAuditedCall, 'input'>): string {
  const { RoleArn }: Federation = input;
  return RoleArn ?? '';
}

function callFacts({ service, operation, requestId, environment, request, input }: UnsignedAuditedCall) {
  const { time, sourceIp, userAgent, region } = environment;
  return {
    eventSource: `${service.signingName}.amazonaws.com`,
    eventName: operation.name,
    readOnly: true,
    region: eventRegion(service, region),
    ...{ requestId, time, sourceIp, userAgent },
    tls: tlsDetailsOf(request),
    requestParameters: loggedMembers(operation.schema[4], input),
  };
}

function accountOf(arn: string): string | undefined {
  return /^arn:aws:iam::(\d{12}):/.exec(arn)?.[1];
}
