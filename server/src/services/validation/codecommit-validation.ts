import * as codecommit from '@aws-sdk/client-codecommit';
import type { StaticErrorSchema } from '@smithy/types';
import type { Validate } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { exceptionFor } from './codecommit-exceptions.ts';
import { codecommitConstraints as modelConstraints } from './constraints/codecommit.generated.ts';
import { codecommitExtensionConstraints as extensions } from './constraints/codecommit-extensions.ts';
import type { ConstraintsWithExceptions } from './constraints.ts';
import { violationsOf } from './violations.ts';

const codecommitConstraints: ConstraintsWithExceptions = {
  ...modelConstraints,
  inputs: { ...modelConstraints.inputs, ...extensions.inputs },
  shapes: { ...modelConstraints.shapes, ...extensions.shapes },
  exceptions: { ...modelConstraints.exceptions, ...extensions.exceptions },
};

/** Throws the exception that the operation declares for the first member which is missing or breaks a limit. */
export const codecommitValidate: Validate = ([, , operationName], input) => {
  refuseSystemTags(operationName, input);
  const declared = codecommitConstraints.exceptions[operationName] ?? [];
  for (const violation of violationsOf(codecommitConstraints, operationName, input)) {
    const exception = exceptionFor(operationName, declared, violation);
    if (exception !== undefined) throw codecommitError(exception, violation.message);
  }
  refuseGitSuffix(operationName, input);
};

/** Tags whose key begins with `aws:`, in any case, belong to AWS. */
function refuseSystemTags(operationName: string, input: object): void {
  if (!codecommitConstraints.exceptions[operationName]?.includes('InvalidSystemTagUsageException')) return;
  const { tags, tagKeys } = input as { tags?: Record<string, string>; tagKeys?: readonly string[] };
  const systemKey = [...Object.keys(tags ?? {}), ...(tagKeys ?? [])].find((key) => /^aws:/iu.test(key));
  if (systemKey !== undefined) {
    throw codecommitError('InvalidSystemTagUsageException', 'Key names cannot be prefixed with aws:.');
  }
}

/** A repository cannot be given a name that ends in `.git`: quotas page of the CodeCommit User Guide. */
function refuseGitSuffix(operationName: string, input: object): void {
  const { repositoryName, newName } = input as { repositoryName?: string; newName?: string };
  const name = { CreateRepository: repositoryName, UpdateRepositoryName: newName }[operationName];
  if (name?.endsWith('.git')) {
    throw codecommitError('InvalidRepositoryNameException', 'Repository names cannot end in .git.');
  }
}

const errorSchemas: ReadonlyMap<string, StaticErrorSchema> = new Map(
  Object.values(codecommit)
    .filter((exported): exported is StaticErrorSchema => Array.isArray(exported) && exported[0] === -3)
    .map((schema) => [schema[2], schema]),
);

function codecommitError(exception: string, detail: string): ServiceError {
  const schema = errorSchemas.get(exception);
  if (schema === undefined) throw new Error(`The SDK has no schema of ${exception}`);
  return new ServiceError(
    schema,
    `${codecommitConstraints.sentences[exception] ?? 'The input is not valid.'} ${detail}`,
  );
}
