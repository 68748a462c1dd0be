import type { AuditedEvent } from './cloudtrail-record.ts';
import type { FailedSignIn } from './failed-sign-ins.ts';
import { HIDDEN } from './logged-members.ts';
import type { UserIdentity } from './user-identity.ts';

type RequestFacts = Pick<AuditedEvent, 'requestId' | 'time' | 'sourceIp' | 'userAgent' | 'tls'>;

interface ConsoleSignIn extends RequestFacts {
  /**
   * Who signed in, or tried to: {@link failedIdentity} where that failed.
   */
  readonly identity: UserIdentity;
  readonly succeeded: boolean;
  readonly usedSecondFactor: boolean;
  /** URL of the page that was asked for. */
  readonly loginTo: string;
}

/**
 * ConsoleLogin, as an event of us-east-1. Source: CloudTrail User Guide, "AWS Management Console sign-in events".
 *
 * A failed one is worth a record for each try that was looked at; the sign-in guard bounds how many those are.
 */
export function consoleSignInEvent({ succeeded, usedSecondFactor, loginTo, ...facts }: ConsoleSignIn): AuditedEvent {
  return {
    ...facts,
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    readOnly: false,
    region: 'us-east-1',
    responseElements: { ConsoleLogin: succeeded ? 'Success' : 'Failure' },
    additionalEventData: { LoginTo: loginTo, MobileVersion: 'No', MFAUsed: usedSecondFactor ? 'Yes' : 'No' },
    error: succeeded ? undefined : { code: 'FailedAuthentication', message: 'Failed authentication' },
  };
}

/**
 * Who could not be signed in. What was typed as the name of a user who does not exist may be a password, so it is not
 * kept.
 *
 * @param userName of a user who exists, `root` for the root user; undefined for anybody else
 */
export function failedIdentity(accountId: string, userName: string | undefined): UserIdentity {
  if (userName === 'root') return { type: 'Root', accountId };
  return { type: 'IAMUser', accountId, userName: userName ?? HIDDEN };
}

/** An SSHLogin of a client that has proved no key until it left. */
export function failedSshLogin(facts: RequestFacts & Pick<AuditedEvent, 'region'>): FailedSignIn {
  return {
    ...facts,
    eventSource: 'codecommit.amazonaws.com',
    eventName: 'SSHLogin',
    readOnly: false,
    error: { code: 'FailedAuthentication', message: 'No active SSH public key was proved' },
  };
}

/** SSHLogin, which AWS does not have: a client has proved that it holds the key. */
export function sshLoginEvent(
  facts: RequestFacts & Pick<AuditedEvent, 'identity' | 'region'>,
  sshPublicKeyId: string,
): AuditedEvent {
  return {
    ...facts,
    eventSource: 'codecommit.amazonaws.com',
    eventName: 'SSHLogin',
    readOnly: false,
    additionalEventData: { protocol: 'SSH', sshPublicKeyId },
  };
}

/** What the root user does in the console that is no operation of an API. */
type RootUserAct = 'SignUp' | 'PasswordUpdated' | 'CloseAccount';

/**
 * An event of us-east-1. PasswordUpdated is AWS's: CloudTrail User Guide, "AWS Management Console sign-in events". CloseAccount
 * has the source of AWS Account Management; SignUp, which nobody has yet signed in for, AWS does not record.
 */
export function rootUserEvent(
  act: RootUserAct,
  succeeded: boolean,
  facts: RequestFacts & Pick<AuditedEvent, 'identity'>,
): AuditedEvent {
  return {
    ...facts,
    eventSource: act === 'CloseAccount' ? 'account.amazonaws.com' : 'signin.amazonaws.com',
    eventName: act,
    ...(act !== 'CloseAccount' && { eventType: 'AwsConsoleSignIn' }),
    readOnly: false,
    region: 'us-east-1',
    responseElements: { [act]: succeeded ? 'Success' : 'Failure' },
    error: succeeded ? undefined : { code: 'FailedAuthentication', message: 'Failed authentication' },
  };
}
