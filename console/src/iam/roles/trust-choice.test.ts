import { describe, expect, it } from 'vitest';
import { missingInTrust, NEW_TRUST, type TrustChoice, trustPolicyOf } from './trust-choice.ts';

const ACCOUNT = '123456789012';
const OIDC = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.example.com/team`;
const SAML = `arn:aws:iam::${ACCOUNT}:saml-provider/staff`;

describe('the trust policy of what was chosen', () => {
  it.each<[string, Partial<TrustChoice>, object]>([
    ['the account itself', {}, { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }],
    [
      'another account with an external ID and MFA',
      { otherAccount: '210987654321', externalId: 'x1', needsMfa: true },
      {
        Principal: { AWS: 'arn:aws:iam::210987654321:root' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'sts:ExternalId': 'x1' },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        },
      },
    ],
    [
      'a service',
      { kind: 'service', service: 'codebuild.amazonaws.com' },
      { Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
    [
      'web identities',
      { kind: 'web-identity', providerArn: OIDC, audience: 'sts.amazonaws.com' },
      {
        Principal: { Federated: OIDC },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { 'token.example.com/team:aud': 'sts.amazonaws.com' } },
      },
    ],
    [
      'SAML 2.0 federation',
      { kind: 'saml', providerArn: SAML },
      {
        Principal: { Federated: SAML },
        Action: 'sts:AssumeRoleWithSAML',
        Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
      },
    ],
  ])('%s', (_name, choice, statement) => {
    const text = trustPolicyOf({ ...NEW_TRUST, ...choice }, ACCOUNT);
    expect(JSON.parse(text)).toEqual({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
    expect(missingInTrust({ ...NEW_TRUST, ...choice })).toBeUndefined();
  });

  it('leaves a text of one’s own as it is', () => {
    expect(trustPolicyOf({ ...NEW_TRUST, kind: 'custom', text: '{ no' }, ACCOUNT)).toBe('{ no');
  });

  it.each<[Partial<TrustChoice>, string]>([
    [{ otherAccount: '' }, 'An account ID has 12 digits.'],
    [{ otherAccount: '12345678901a' }, 'An account ID has 12 digits.'],
    [{ kind: 'service', service: ' ' }, 'Choose a service.'],
    [{ kind: 'saml' }, 'Choose an identity provider.'],
    [{ kind: 'web-identity', audience: 'a' }, 'Choose an identity provider.'],
    [{ kind: 'web-identity', providerArn: OIDC }, 'Give the audience that tokens are for.'],
  ])('tells what is missing: %j', (choice, message) => {
    expect(missingInTrust({ ...NEW_TRUST, ...choice })).toBe(message);
  });
});
