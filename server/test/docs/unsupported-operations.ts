/** Why operations of IAM, STS and KMS are not served; a test compares the names with the operation tables. */
interface Reason {
  readonly reason: string;
  readonly operations: readonly string[];
}

export const unsupportedOperations: Readonly<Record<'IAM' | 'STS' | 'KMS', readonly Reason[]>> = {
  IAM: [
    {
      reason: 'Server certificates belong to load balancers and CDNs of AWS, which no part of Codekeep is.',
      operations: [
        'DeleteServerCertificate',
        'GetServerCertificate',
        'ListServerCertificateTags',
        'ListServerCertificates',
        'TagServerCertificate',
        'UntagServerCertificate',
        'UpdateServerCertificate',
        'UploadServerCertificate',
      ],
    },
    {
      reason: 'X.509 signing certificates sign SOAP requests of old EC2 tools; no service of Codekeep takes them.',
      operations: [
        'DeleteSigningCertificate',
        'ListSigningCertificates',
        'UpdateSigningCertificate',
        'UploadSigningCertificate',
      ],
    },
    {
      reason: 'There is no AWS Organizations: accounts of an installation stand side by side.',
      operations: [
        'DisableOrganizationsRootCredentialsManagement',
        'DisableOrganizationsRootSessions',
        'EnableOrganizationsRootCredentialsManagement',
        'EnableOrganizationsRootSessions',
        'GenerateOrganizationsAccessReport',
        'GetOrganizationsAccessReport',
        'ListOrganizationsFeatures',
      ],
    },
    {
      reason:
        'Delegation requests let AWS partners ask for access to an account; an installation of its own has no partners.',
      operations: [
        'AcceptDelegationRequest',
        'AssociateDelegationRequest',
        'CreateDelegationRequest',
        'GetDelegationRequest',
        'GetHumanReadableSummary',
        'ListDelegationRequests',
        'RejectDelegationRequest',
        'SendDelegationToken',
        'UpdateDelegationRequest',
      ],
    },
    {
      reason: 'Codekeep verifies the tokens of identity providers and is none itself.',
      operations: [
        'DisableOutboundWebIdentityFederation',
        'EnableOutboundWebIdentityFederation',
        'GetOutboundWebIdentityFederationInfo',
      ],
    },
    {
      reason: 'New in the 2026 model and without documented behaviour to be compatible with.',
      operations: ['AcquireRole', 'GetAccountProperties', 'GetRoleTemplateVersion', 'PutAccountProperties'],
    },
    {
      reason: 'It chooses the Regions in which tokens hold; the tokens of Codekeep hold in every Region.',
      operations: ['SetSecurityTokenServicePreferences'],
    },
  ],
  STS: [
    {
      reason:
        'SAML providers are kept as records. Verifying signed XML by a library that is not the identity provider’s own is a risk that web identity avoids: use AssumeRoleWithWebIdentity.',
      operations: ['AssumeRoleWithSAML'],
    },
    { reason: 'It is for the members of an organization in AWS Organizations.', operations: ['AssumeRoot'] },
    {
      reason: 'It redeems delegation requests, which IAM here does not have.',
      operations: ['GetDelegatedAccessToken'],
    },
    {
      reason: 'Codekeep verifies the tokens of identity providers and is none itself.',
      operations: ['GetWebIdentityToken'],
    },
  ],
  KMS: [
    {
      reason: 'Custom key stores are AWS CloudHSM clusters and external key managers.',
      operations: [
        'ConnectCustomKeyStore',
        'CreateCustomKeyStore',
        'DeleteCustomKeyStore',
        'DescribeCustomKeyStores',
        'DisconnectCustomKeyStore',
        'UpdateCustomKeyStore',
      ],
    },
    {
      reason: 'Keys are made by Codekeep; `Origin` must be AWS_KMS.',
      operations: ['DeleteImportedKeyMaterial', 'GetParametersForImport', 'ImportKeyMaterial'],
    },
    {
      reason:
        'Multi-Region keys: one installation holds the keys of all its Regions, so there is nowhere to replicate to.',
      operations: ['ReplicateKey', 'UpdatePrimaryRegion'],
    },
    {
      reason:
        'Keys for key agreement (`KEY_AGREEMENT`) and key encapsulation are not made; no journey of CodeCommit needs them.',
      operations: ['Decapsulate', 'DeriveSharedSecret', 'Encapsulate'],
    },
    {
      reason: 'New in the 2026 model. CloudTrail’s LookupEvents tells each use of a key.',
      operations: ['GetKeyLastUsage'],
    },
  ],
};
