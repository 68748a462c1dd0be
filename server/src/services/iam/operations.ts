import type { Operation } from '../operation.ts';
import { accessKeyOperations } from './access-keys.ts';
import { groupMemberOperations } from './group-members.ts';
import { groupPolicyOperations } from './group-policies.ts';
import { groupPolicyAttachmentOperations } from './group-policy-attachments.ts';
import { groupOperations } from './groups.ts';
import { loginProfileOperations } from './login-profiles.ts';
import { oidcProviderTagOperations } from './oidc-provider-tags.ts';
import { oidcProviderOperations } from './oidc-providers.ts';
import { permissionsBoundaryOperations } from './permissions-boundary-operations.ts';
import { policyOperations } from './policies.ts';
import { policyEntityOperations } from './policy-entities.ts';
import { policyVersionOperations } from './policy-versions.ts';
import { rolePolicyOperations } from './role-policies.ts';
import { rolePolicyAttachmentOperations } from './role-policy-attachments.ts';
import { roleTagOperations } from './role-tags.ts';
import { roleOperations } from './roles.ts';
import type { IamServices } from './service.ts';
import { serviceSpecificCredentialOperations } from './service-specific-credentials.ts';
import { sshPublicKeyOperations } from './ssh-public-keys.ts';
import { userPolicyOperations } from './user-policies.ts';
import { userPolicyAttachmentOperations } from './user-policy-attachments.ts';
import { userOperations } from './users.ts';

/** Every IAM operation that is served, by name. */
export const iamOperations: ReadonlyMap<string, Operation<IamServices>> = new Map(
  [
    userOperations,
    loginProfileOperations,
    accessKeyOperations,
    policyOperations,
    policyVersionOperations,
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
    roleTagOperations,
    oidcProviderOperations,
    oidcProviderTagOperations,
  ].flatMap((operations) => operations.map((operation) => [operation.name, operation])),
);
