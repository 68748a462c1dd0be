import { MalformedPolicyDocumentError } from './policy-structure.ts';

const iamResourceTypes = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

const partitions = new Set(['aws', '*', 'aws*']);

/** AWS's older parser gives up on ARNs with empty parts and too few of them, whatever else is wrong. */
export function hasUnparsableForm(resource: string): boolean {
  const parts = arnParts(resource);
  if (resource === '*' || parts.length < 3 || !partitions.has(parts[1] ?? '')) return false;
  return parts[2] === '' || (parts.length < 6 && parts.slice(0, -1).includes(''));
}

/** Throws {@link MalformedPolicyDocumentError} unless the resource is `*` or an ARN, wildcards and variables allowed. */
export function validateResource(resource: string): void {
  if (resource === '*') return;
  const [scheme, partition, vendor, region = '', , ...path] = arnParts(resource);
  if (partition === undefined) throw notAnArn(resource);
  if (!partitions.has(partition)) {
    throw new MalformedPolicyDocumentError(
      `Partition "${partition}" is not valid for resource "${completeArn(resource)}".`,
    );
  }
  if (scheme !== 'arn') throw notAnArn(resource);
  if (vendor === undefined || /[*?$]/.test(vendor)) {
    throw new MalformedPolicyDocumentError('Resource vendor must be fully qualified and cannot contain regexes.');
  }
  if (path.length === 0 && !resource.endsWith('*')) throw notAnArn(resource);
  if (vendor === 'iam' && path.length > 0) validateIamResource(resource, region, path.join(':'));
  if (vendor === 's3' && region !== '' && path.length > 0) {
    throw new MalformedPolicyDocumentError(`Resource ${resource} can not contain region information.`);
  }
}

function validateIamResource(resource: string, region: string, path: string): void {
  if (region !== '' && region !== '*') {
    throw new MalformedPolicyDocumentError(`IAM resource ${resource} cannot contain region information.`);
  }
  if (path !== '*' && !iamResourceTypes.some((type) => path.startsWith(type))) {
    throw new MalformedPolicyDocumentError(
      `IAM resource path must either be "*" or start with ${iamResourceTypes.join(', ')}.`,
    );
  }
}

function notAnArn(resource: string): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError(`Resource ${resource} must be in ARN format or "*".`);
}

/** Splits at colons, but not at those of `${aws:username}`. */
function arnParts(resource: string): string[] {
  return resource.replaceAll(/\$\{[^}]*\}/g, (variable) => variable.replaceAll(':', '$')).split(':');
}

/** How AWS quotes an ARN in its messages: the parts it has, and `*` for each one that it lacks. */
function completeArn(resource: string): string {
  const [, partition = '', vendor = '*', region = '*', account = '*', ...path] = resource.split(':');
  return `arn:${partition}:${vendor}:${region}:${account}:${path.length === 0 ? '*' : path.join(':')}`;
}
