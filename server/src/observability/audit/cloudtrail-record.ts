import { v7 as uuidByTime } from 'uuid';
import type { UserIdentity } from './user-identity.ts';

/** What happened, in the words of the door that it came through. */
export interface AuditedEvent {
  /** Such as `codecommit.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly region: string;
  readonly identity: UserIdentity;
  /** Whom it concerns where that is not the account of the identity. */
  readonly recipientAccountId?: string;
  readonly requestId: string;
  readonly time: Date;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly tls?: TlsDetails | undefined;
  readonly requestParameters?: object | undefined;
  readonly responseElements?: object | undefined;
  readonly additionalEventData?: object | undefined;
  readonly resources?: readonly AuditedResource[] | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly eventType?: 'AwsApiCall' | 'AwsConsoleSignIn';
}

interface AuditedResource {
  readonly arn: string;
  readonly accountId: string;
}

export interface TlsDetails {
  readonly tlsVersion: string;
  readonly cipherSuite: string;
  readonly clientProvidedHostHeader?: string | undefined;
}

interface OmittedContent {
  readonly omitted: true;
  /** In bytes. */
  readonly originalSize: number;
  readonly reason: string;
}

/** Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events". */
export interface CloudTrailRecord {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  /** ISO 8601 in UTC, to the second. */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: object | OmittedContent | null;
  readonly responseElements: object | OmittedContent | null;
  readonly additionalEventData?: object | OmittedContent;
  readonly requestID: string;
  /** UUID. */
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly { readonly accountId: string; readonly type: string; readonly ARN: string }[];
  readonly eventType: 'AwsApiCall' | 'AwsConsoleSignIn';
  readonly managementEvent: true;
  /** Absent where nobody knows whose account it concerns. */
  readonly recipientAccountId?: string;
  readonly eventCategory: 'Management';
  readonly tlsDetails?: TlsDetails;
}

/** In bytes; AWS's numbers. What is longer is omitted whole. */
const LARGEST = { requestParameters: 100_000, responseElements: 100_000, additionalEventData: 28_000 };
/** In characters; what is longer is cut, with an ellipsis. */
const LONGEST_TEXT = 1_024;
/** AWS has no number for it; a record must stay below 256 KB. */
const MOST_RESOURCES = 100;

/** Makes the record of an event, with a new ID. */
export function cloudTrailRecord(event: AuditedEvent): CloudTrailRecord {
  const { identity, error, tls } = event;
  const recipientAccountId = event.recipientAccountId ?? identity.accountId;
  const resources = (event.resources ?? []).flatMap(({ arn, accountId }) => {
    const type = resourceTypeOf(arn);
    return type === undefined ? [] : [{ accountId, type, ARN: cut(arn) }];
  });
  return {
    eventVersion: '1.11',
    userIdentity: identity,
    eventTime: event.time.toISOString().replace(/\.\d{3}Z$/u, 'Z'),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: event.sourceIp,
    userAgent: cut(event.userAgent ?? '-'),
    ...(error === undefined ? {} : { errorCode: cut(error.code), errorMessage: cut(error.message) }),
    requestParameters: withinSize('requestParameters', event.requestParameters) ?? null,
    responseElements: withinSize('responseElements', event.responseElements) ?? null,
    ...(event.additionalEventData === undefined
      ? {}
      : { additionalEventData: withinSize('additionalEventData', event.additionalEventData) }),
    requestID: event.requestId,
    // By their time, so that the index grows at its end.
    eventID: uuidByTime(),
    readOnly: event.readOnly,
    ...(resources.length === 0 ? {} : { resources: resources.slice(0, MOST_RESOURCES) }),
    eventType: event.eventType ?? 'AwsApiCall',
    managementEvent: true,
    ...(recipientAccountId === undefined ? {} : { recipientAccountId }),
    eventCategory: 'Management',
    ...(tls === undefined ? {} : { tlsDetails: tls }),
  };
}

/** As CloudFormation names the type; undefined where the ARN names no resource, such as `*`. */
function resourceTypeOf(arn: string): string | undefined {
  const [, , service, , , ...rest] = arn.split(':');
  if (service === 'codecommit' && rest[0] !== '*') return 'AWS::CodeCommit::Repository';
  return RESOURCE_TYPES[`${service}:${rest[0]?.split('/')[0]}`];
}

const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  'iam:user': 'AWS::IAM::User',
  'iam:role': 'AWS::IAM::Role',
  'iam:group': 'AWS::IAM::Group',
  'iam:policy': 'AWS::IAM::Policy',
  'iam:instance-profile': 'AWS::IAM::InstanceProfile',
  'iam:mfa': 'AWS::IAM::MFADevice',
  'iam:oidc-provider': 'AWS::IAM::OIDCProvider',
  'iam:saml-provider': 'AWS::IAM::SAMLProvider',
  'kms:key': 'AWS::KMS::Key',
  'kms:alias': 'AWS::KMS::Alias',
};

/** What users call a resource: the last part of its ARN. */
export function resourceNameOf(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
}

function withinSize(name: keyof typeof LARGEST, content: object | undefined): object | undefined {
  if (content === undefined) return undefined;
  const originalSize = Buffer.byteLength(JSON.stringify(content));
  return originalSize <= LARGEST[name] ? content : { omitted: true, originalSize, reason: `${name} too large` };
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 3)}...`;
}
