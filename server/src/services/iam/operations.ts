import type { Operation } from '../operation.ts';
import { accessKeyOperations } from './access-keys.ts';
import { accountAliasOperations } from './account-aliases.ts';
import { accountSummaryOperations } from './account-summary.ts';
import { authorizationDetailOperations } from './authorization-details.ts';
import { contextKeyOperations } from './context-keys.ts';
import { credentialReportOperations } from './credential-reports.ts';
import { grantingPolicyOperations } from './granting-policies.ts';
import { groupMemberOperations } from './group-members.ts';
import { groupPolicyOperations } from './group-policies.ts';
import { groupPolicyAttachmentOperations } from './group-policy-attachments.ts';
import { groupOperations } from './groups.ts';
import { instanceProfileRoleOperations } from './instance-profile-roles.ts';
import { instanceProfileTagOperations } from './instance-profile-tags.ts';
import { instanceProfileOperations } from './instance-profiles.ts';
import { loginProfileOperations } from './login-profiles.ts';
import { mfaDeviceOperations } from './mfa-devices.ts';
import { oidcProviderTagOperations } from './oidc-provider-tags.ts';
import { oidcProviderOperations } from './oidc-providers.ts';
import { passwordPolicyOperations } from './password-policies.ts';
import { permissionsBoundaryOperations } from './permissions-boundary-operations.ts';
import { policyOperations } from './policies.ts';
import { policyEntityOperations } from './policy-entities.ts';
import { policySimulationOperations } from './policy-simulation.ts';
import { policyTagOperations } from './policy-tags.ts';
import { policyVersionOperations } from './policy-versions.ts';
import { rolePolicyOperations } from './role-policies.ts';
import { rolePolicyAttachmentOperations } from './role-policy-attachments.ts';
import { roleTagOperations } from './role-tags.ts';
import { roleOperations } from './roles.ts';
import { samlProviderTagOperations } from './saml-provider-tags.ts';
import { samlProviderOperations } from './saml-providers.ts';
import type { IamServices } from './service.ts';
import { serviceLastAccessedOperations } from './service-last-accessed.ts';
import { serviceLinkedRoleOperations } from './service-linked-roles.ts';
import { serviceSpecificCredentialOperations } from './service-specific-credentials.ts';
import { sshPublicKeyOperations } from './ssh-public-keys.ts';
import { userPolicyOperations } from './user-policies.ts';
import { userPolicyAttachmentOperations } from './user-policy-attachments.ts';
import { userTagOperations } from './user-tags.ts';
import { userOperations } from './users.ts';
import { virtualMfaDeviceOperations } from './virtual-mfa-devices.ts';

/** Every IAM operation that is served, by name. */
export const iamOperations: ReadonlyMap<string, Operation<IamServices>> = new Map(
  [
    userOperations,
    userTagOperations,
    loginProfileOperations,
    accessKeyOperations,
    policyOperations,
    policyVersionOperations,
    policyTagOperations,
    policyEntityOperations,
    userPolicyAttachmentOperations,
    userPolicyOperations,
    serviceSpecificCredentialOperations,
    sshPublicKeyOperations,
    groupOperations,
    groupMemberOperations,
    groupPolicyAttachmentOperations,
    groupPolicyOperations,
    roleOperations,
    rolePolicyAttachmentOperations,
    rolePolicyOperations,
    permissionsBoundaryOperations,
    policySimulationOperations,
    contextKeyOperations,
    roleTagOperations,
    accountAliasOperations,
    accountSummaryOperations,
    passwordPolicyOperations,
    instanceProfileOperations,
    instanceProfileRoleOperations,
    instanceProfileTagOperations,
    serviceLinkedRoleOperations,
    samlProviderOperations,
    samlProviderTagOperations,
    authorizationDetailOperations,
    serviceLastAccessedOperations,
    grantingPolicyOperations,
    credentialReportOperations,
    oidcProviderOperations,
    oidcProviderTagOperations,
    virtualMfaDeviceOperations,
    mfaDeviceOperations,
  ].flatMap((operations) => operations.map((operation) => [operation.name, operation])),
);
