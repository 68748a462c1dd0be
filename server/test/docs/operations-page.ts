// Writes docs/operations.md and docs/actions.md from the operation tables: `node server/test/docs/operations-page.ts`.
import { writeFileSync } from 'node:fs';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { cloudtrailOperations } from '../../src/services/cloudtrail/operations.ts';
import { extensionOperations } from '../../src/services/codecommit/extensions/operations.ts';
import { codecommitOperations } from '../../src/services/codecommit/operations.ts';
import { iamOperations } from '../../src/services/iam/operations.ts';
import { kmsOperations } from '../../src/services/kms/operations.ts';
import { stsOperations, unsignedStsOperations } from '../../src/services/sts/operations.ts';
import { unsupportedOperations } from './unsupported-operations.ts';

export const OPERATIONS_FILE = new URL('../../../docs/operations.md', import.meta.url);

/** Every service of the endpoint: the SDK's model, and the operations that are served. */
export const SERVICES = [
  { title: 'CodeCommit', model: codecommit, operations: codecommitOperations },
  { title: 'IAM', model: iam, operations: iamOperations },
  { title: 'STS', model: sts, operations: new Map<string, object>([...stsOperations, ...unsignedStsOperations]) },
  { title: 'KMS', model: kms, operations: kmsOperations },
  { title: 'CloudTrail', model: cloudtrail, operations: cloudtrailOperations },
];

/** The page as it must be: what each service answers, of all that AWS's model has. */
export function operationsPage(): string {
  return `# Operations

Made by \`node server/test/docs/operations-page.ts\` from the operation tables; a test compares them. An operation that is not
supported answers \`UnknownOperationException\` (CodeCommit, KMS, CloudTrail) or \`InvalidAction\` (IAM, STS), never with success.

${SERVICES.map(serviceSection).join('\n')}
## Decisions

- \`DecodeAuthorizationMessage\` decodes messages of services that encode why they refuse. On AWS that is mainly EC2; IAM, STS,
  KMS and CodeCommit tell the reason in clear text, and so do they here. No service here encodes, so no message can be one of this
  server's, and the operation refuses each with \`InvalidAuthorizationMessageException\`.

## Codekeep's own

For what a console shows and the public API of CodeCommit lacks, on the same endpoint under the same target prefix:
${inCode(extensionOperations.map(({ name }) => name))}.
Each asks for AWS's permission-only action of its name, but for \`ListRepositoriesForEncryptionKey\`, which asks for
\`codecommit:ListRepositories\` and tells of those repositories that the caller may \`codecommit:GetRepository\`. Members:
[schemas.ts](../server/src/services/codecommit/extensions/schemas.ts).
`;
}

function serviceSection({ title, model, operations }: (typeof SERVICES)[number]): string {
  const all = modelOperations(model);
  const supported = all.filter((name) => operations.has(name));
  return `## ${title}: ${supported.length} of ${all.length}

${inCode(supported)}
${title in unsupportedOperations ? notSupported(title as keyof typeof unsupportedOperations) : ''}`;
}

function notSupported(title: keyof typeof unsupportedOperations): string {
  const rows = unsupportedOperations[title].map(({ reason, operations }) => `- ${inCode(operations)}: ${reason}`);
  return `
Not supported, and why:

${rows.join('\n')}
`;
}

function inCode(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Names of all operations of an SDK's model. */
export function modelOperations(model: object): string[] {
  const OPERATION_SCHEMA = 9;
  return Object.values(model)
    .filter((exported) => Array.isArray(exported) && exported[0] === OPERATION_SCHEMA)
    .map(([, , name]) => name as string)
    .sort();
}

if (import.meta.main) {
  writeFileSync(OPERATIONS_FILE, operationsPage());
  // Not awaited here: it reads this module.
  void import('./actions-page.ts').then(({ ACTIONS_FILE, actionsPage }) => writeFileSync(ACTIONS_FILE, actionsPage()));
}
