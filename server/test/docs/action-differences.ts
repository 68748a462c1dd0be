/** Where the types of resources are not those of AWS's table, and why. */
export const RESOURCE_DIFFERENCES: Readonly<Record<string, string>> = {
  'iam:ListUsers': 'AWS asks for the path that is listed, though its table has no resource',
  'iam:ListGroups': 'as ListUsers',
  'iam:ListRoles': 'as ListUsers',
  'iam:ListInstanceProfiles': 'as ListUsers',
  'iam:ListPolicies': 'AWS asks for "policy path /"',
  'iam:ListSAMLProviders': 'AWS asks for every provider of the account',
  'iam:ListOpenIDConnectProviders': 'AWS asks for every provider of the account',
  'iam:ListVirtualMFADevices': 'AWS asks for the path of MFA devices',
  'iam:DeleteVirtualMFADevice': 'there are no devices by SMS',
  'sts:TagSession': 'of a federated user it is asked for the session, as a federated user has no role',
  'kms:ListRetirableGrants': 'AWS asks for the retiring principal',
};

/** Condition keys of AWS's table that no request here has, by action and key, or by key alone, and why. */
export const KEYS_NOT_SUPPLIED: Readonly<Record<string, string>> = {
  'kms:RecipientAttestation:*': 'Recipient, for Nitro enclaves, is refused',
  'kms:MultiRegionKeyType': 'there are no multi-Region keys',
  'kms:TrailingDaysWithoutKeyUsage': 'the last use of a key is not kept',
  'kms:GrantConstraintSourceArn': 'that constraint is refused',
  'kms:GranteeServicePrincipal': 'no service of AWS takes grants here',
  'kms:RetiringServicePrincipal': 'no service of AWS takes grants here',
  'kms:ListGrants kms:GrantIsForAWSResource': 'no service of AWS takes grants here',
  'kms:RetireGrant kms:EncryptionContext:*': 'the constraints of a grant bind its use, not its end',
  'kms:RetireGrant kms:EncryptionContextKeys': 'as above',
  'kms:RetireGrant kms:GrantConstraintType': 'as above',
  'iam:RoleTemplateARN': 'there are no role templates',
  'iam:ServiceSpecificCredentialAgeDays': 'Git credentials do not age, as on AWS',
  'iam:AssociatedResourceArn': 'nothing here uses an instance profile',
  'iam:FIDO-*': 'MFA devices are virtual ones',
  'iam:RegisterSecurityKey': 'MFA devices are virtual ones',
  'saml:*': 'AssumeRoleWithSAML is not served',
  'sts:AssumeRoleWithWebIdentity *':
    'AWS lists the keys of some providers; here each provider has :aud, :sub and :amr of its own name',
  'accounts.google.com:*':
    'keys of providers that need no record in IAM; here every provider has one, and keys of its name',
  'cognito-identity.amazonaws.com:*': 'as above',
  'graph.facebook.com:*': 'as above',
  'www.amazon.com:*': 'as above',
};

/** Condition keys that requests have here and AWS's table lacks, by action and key, or by key alone, and why. */
export const KEYS_BEYOND: Readonly<Record<string, string>> = {
  'iam:TagUser iam:PermissionsBoundary': 'of CreateUser, whose other keys hold for its tags as well',
  'iam:TagRole iam:PermissionsBoundary': 'of CreateRole, as above',
  'sts:TagSession sts:ExternalId': 'of AssumeRole, whose other keys hold for its tags as well',
  'sts:TagSession sts:RoleSessionName': 'as above',
  'sts:TagSession sts:SourceIdentity': 'as above',
  'sts:SetSourceIdentity sts:ExternalId': 'as above',
  'sts:SetSourceIdentity sts:RoleSessionName': 'as above',
  'sts:SetSourceIdentity sts:TransitiveTagKeys': 'as above',
  'sts:SetSourceIdentity aws:RequestTag/*': 'as above',
  'sts:SetSourceIdentity aws:TagKeys': 'as above',
  'kms:TagResource kms:BypassPolicyLockoutSafetyCheck': 'of CreateKey, whose other keys hold for its tags as well',
  'kms:RetireGrant kms:GrantIsForAWSResource': 'a grant tells it whoever retires it',
  'kms:DeleteAlias kms:RequestAlias': 'the alias is named by the request',
  'kms:CustomerMasterKeySpec': 'the former name of kms:KeySpec, which policies may still have',
  'kms:CustomerMasterKeyUsage': 'the former name of kms:KeyUsage, which policies may still have',
  'aws:FederatedProvider': 'a global key',
};
