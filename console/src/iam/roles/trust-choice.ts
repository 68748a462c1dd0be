/** Whom a role is to trust, as the console asks for it. */
export interface TrustChoice {
  readonly kind: 'account' | 'service' | 'web-identity' | 'saml' | 'custom';
  /** An AWS account: 12 digits; undefined for the account of the role. */
  readonly otherAccount: string | undefined;
  readonly externalId: string;
  readonly needsMfa: boolean;
  /** ec2.amazonaws.com */
  readonly service: string;
  /** Of the OpenID Connect or SAML provider. */
  readonly providerArn: string;
  /** Of web identities: the client ID that tokens are for. */
  readonly audience: string;
  /** A trust policy of one's own. */
  readonly text: string;
}

export const NEW_TRUST: TrustChoice = {
  kind: 'account',
  otherAccount: undefined,
  externalId: '',
  needsMfa: false,
  service: 'ec2.amazonaws.com',
  providerArn: '',
  audience: '',
  text: `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {},
      "Action": "sts:AssumeRole"
    }
  ]
}`,
};

const SAML_AUDIENCE = 'https://signin.aws.amazon.com/saml';

/** The trust policy that the choice stands for, as a text to show and to send. */
export function trustPolicyOf(choice: TrustChoice, accountId: string): string {
  if (choice.kind === 'custom') return choice.text;
  const statement = STATEMENTS[choice.kind](choice, accountId);
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }, null, 2);
}

/** What is missing in the choice; undefined when a role can be made of it. */
export function missingInTrust({
  kind,
  otherAccount,
  service,
  providerArn,
  audience,
}: TrustChoice): string | undefined {
  if (kind === 'account' && otherAccount !== undefined && !/^\d{12}$/.test(otherAccount)) {
    return 'An account ID has 12 digits.';
  }
  if (kind === 'service' && service.trim() === '') return 'Choose a service.';
  if ((kind === 'web-identity' || kind === 'saml') && providerArn === '') return 'Choose an identity provider.';
  if (kind === 'web-identity' && audience.trim() === '') return 'Give the audience that tokens are for.';
  return undefined;
}

const STATEMENTS: Readonly<
  Record<
    Exclude<TrustChoice['kind'], 'custom'>,
    (choice: TrustChoice, accountId: string) => Readonly<Record<string, unknown>>
  >
> = {
  account: ({ otherAccount, externalId, needsMfa }, accountId) => {
    const condition = {
      ...(externalId !== '' && { StringEquals: { 'sts:ExternalId': externalId } }),
      ...(needsMfa && { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    };
    return {
      Principal: { AWS: `arn:aws:iam::${otherAccount ?? accountId}:root` },
      Action: 'sts:AssumeRole',
      ...(Object.keys(condition).length > 0 && { Condition: condition }),
    };
  },
  service: ({ service }) => ({ Principal: { Service: service.trim() }, Action: 'sts:AssumeRole' }),
  'web-identity': ({ providerArn, audience }) => {
    const issuer = providerArn.slice(providerArn.indexOf('oidc-provider/') + 'oidc-provider/'.length);
    return {
      Principal: { Federated: providerArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:aud`]: audience.trim() } },
    };
  },
  saml: ({ providerArn }) => ({
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithSAML',
    Condition: { StringEquals: { 'SAML:aud': SAML_AUDIENCE } },
  }),
};
