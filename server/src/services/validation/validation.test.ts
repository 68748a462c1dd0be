import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Validate } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { exceptionFor } from './codecommit-exceptions.ts';
import { codecommitConstraints } from './constraints/codecommit.generated.ts';
import { iamConstraints } from './constraints/iam.generated.ts';
import { kmsConstraints } from './constraints/kms.generated.ts';
import { stsConstraints } from './constraints/sts.generated.ts';
import type { Constraints, Shape } from './constraints.ts';
import { codecommitValidate, iamValidate, kmsValidate, stsValidate } from './index.ts';

const services: [string, Constraints, object, Validate][] = [
  ['codecommit', codecommitConstraints, codecommit, codecommitValidate],
  ['iam', iamConstraints, iam, iamValidate],
  ['kms', kmsConstraints, kms, kmsValidate],
  ['sts', stsConstraints, sts, stsValidate],
];

function operationsOfSdk(sdk: object): StaticOperationSchema[] {
  return Object.values(sdk).filter((value): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9);
}

function refusal(validate: Validate, schema: StaticOperationSchema, input: object): ServiceError {
  try {
    validate(schema, input);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe.each(services)('constraints of %s', (service, constraints, sdk, validate) => {
  it('has patterns that compile and are quick on long values', () => {
    for (const shape of Object.values<Shape>(constraints.shapes)) {
      if (shape.type !== 'string' || shape.pattern === undefined) continue;
      const expression = new RegExp(`^(?:${shape.expression ?? shape.pattern})$`, 'u');
      for (const piece of ['a', '/a', '/', 'a-', ' ', 'é', '1', 'A.']) {
        const value = `${piece.repeat(Math.min(shape.max ?? 100_000, 100_000) / piece.length)}\u0000`;
        expect(expression.test(value)).toBe(false);
      }
    }
  });

  it('names only shapes that exist', () => {
    const named = Object.values<Shape>(constraints.shapes).flatMap((shape) => {
      if (shape.type === 'structure') return Object.values(shape.members);
      if (shape.type === 'list') return [shape.item ?? ''];
      return shape.type === 'map' ? [shape.key ?? '', shape.value ?? ''] : [];
    });
    const missing = [...named, ...Object.values(constraints.inputs)].filter(
      (name) => name !== '' && constraints.shapes[name] === undefined,
    );
    expect(missing).toEqual([]);
  });

  it('requires the members that the SDK requires', () => {
    const differing: string[] = [];
    for (const [, , name, , input] of operationsOfSdk(sdk)) {
      const struct = (typeof input === 'function' ? input() : input) as StaticStructureSchema | 'unit';
      if (struct === 'unit' || name === 'GetBranch') continue;
      const shape = constraints.shapes[constraints.inputs[name] ?? ''];
      const required = shape?.type === 'structure' ? [...(shape.required ?? [])].sort() : [];
      const expected = (struct[4] as string[]).slice(0, struct[6] ?? 0).sort();
      if (JSON.stringify(required) !== JSON.stringify(expected)) differing.push(name);
    }
    // What remains are operations newer than the botocore that the constraints come from; none is served.
    expect(differing.filter((name) => constraints.inputs[name] !== undefined)).toEqual([]);
  });

  it('never fails on an input of the right types but with a ServiceError', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a b', 'x'.repeat(3000)));
    for (const schema of operationsOfSdk(sdk)) {
      fc.assert(
        fc.property(inputOf(constraints, constraints.inputs[schema[2]] ?? '', value), (input) => {
          try {
            validate(schema, input as object);
          } catch (error) {
            expect(error).toBeInstanceOf(ServiceError);
            expect((error as ServiceError).status).toBe(400);
          }
        }),
        { numRuns: 10 },
      );
    }
    expect(service).not.toBe('');
  });
});

/** Values of a shape's types that keep or break its limits, and leave out required members. */
function inputOf(constraints: Constraints, name: string, text: fc.Arbitrary<string>, depth = 0): fc.Arbitrary<unknown> {
  const shape = constraints.shapes[name];
  const of = (inner: string | undefined) =>
    depth > 6 ? fc.constant('x') : inputOf(constraints, inner ?? '', text, depth + 1);
  switch (shape?.type) {
    case 'structure': {
      const members = Object.entries(shape.members).map(([member, target]) => [member, of(target)]);
      return fc.record(Object.fromEntries(members), { requiredKeys: [] });
    }
    case 'list':
      return fc.array(of(shape.item), { maxLength: 4 });
    case 'map':
      return fc.dictionary(text, of(shape.value), { maxKeys: 3 });
    case 'number':
      return fc.integer();
    case 'blob':
      return fc.uint8Array();
    case 'string':
      return shape.enum === undefined ? text : fc.oneof(text, fc.constantFrom(...shape.enum));
    default:
      return name === '' && depth === 0 ? fc.constant({}) : text;
  }
}

describe('IAM and STS validation', () => {
  it('words a broken pattern as IAM does', () => {
    const error = refusal(iamValidate, iam.CreateUser$, { UserName: 'a b' });
    expect(error).toMatchObject({ queryCode: 'ValidationError', status: 400, fault: 'client' });
    expect(error.message).toBe(
      "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    );
  });

  it('reports several at once, in the order of the model', () => {
    const error = refusal(iamValidate, iam.CreateUser$, { UserName: 'x'.repeat(65), Tags: [{ Value: 'v' }] });
    expect(error.message).toBe(
      `2 validation errors detected: Value '${'x'.repeat(65)}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64; Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null`,
    );
  });

  it('keeps the first letter rule of AWS for names that begin with capitals', () => {
    const error = refusal(iamValidate, iam.UploadSSHPublicKey$, { UserName: 'jane' });
    expect(error.message).toContain("Value null at 'sSHPublicKeyBody'");
  });

  it('never repeats a password', () => {
    const password = 'contains\u0001secret';
    const error = refusal(iamValidate, iam.CreateLoginProfile$, { UserName: 'jane', Password: password });
    expect(error.message).toContain("Value at 'password' failed to satisfy constraint");
    expect(error.message).not.toContain('secret');
  });

  it('reports the items of a list once, with all their limits', () => {
    const error = refusal(iamValidate, iam.UntagUser$, { UserName: 'jane', TagKeys: ['ok', ''] });
    expect(error.message).toContain(
      "Value '[ok, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern:",
    );
  });

  it('refuses numbers out of range', () => {
    const error = refusal(iamValidate, iam.ListUsers$, { MaxItems: 1001 });
    expect(error.message).toContain("Value '1001' at 'maxItems'");
    expect(error.message).toContain('Member must have value less than or equal to 1000');
  });

  it('cuts long values and stops after twenty', () => {
    const error = refusal(iamValidate, iam.CreateUser$, {
      UserName: 'y'.repeat(1_000_000),
      Tags: Array.from({ length: 100_000 }, () => ({})),
    });
    expect(error.message).toMatch(/^2\d validation errors detected: /u);
    expect(error.message).toContain(`'${'y'.repeat(16_384)}…'`);
    expect(error.message.length).toBeLessThan(30_000);
  });

  it('accepts what keeps every limit', () => {
    expect(() => iamValidate(iam.CreateUser$, { UserName: 'jane+x=,.@-', Path: '/a/b/' })).not.toThrow();
    expect(() => stsValidate(sts.GetCallerIdentity$, {})).not.toThrow();
  });
});

describe('KMS validation', () => {
  it('has its own code', () => {
    const error = refusal(kmsValidate, kms.DescribeKey$, {});
    expect(error.exception).toBe('ValidationException');
    expect(error.message).toBe(
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    );
  });
});

describe('CodeCommit validation', () => {
  const commitId = 'a'.repeat(40);
  const branch = { repositoryName: 'demo', branchName: 'main', commitId };
  const arn = 'arn:aws:codecommit:us-east-1:111122223333:demo';
  const cases: [string, StaticOperationSchema, object, string][] = [
    ['no repository name', codecommit.GetRepository$, {}, 'RepositoryNameRequiredException'],
    ['a space in the name', codecommit.GetRepository$, { repositoryName: 'a b' }, 'InvalidRepositoryNameException'],
    ['an empty name', codecommit.DeleteRepository$, { repositoryName: '' }, 'InvalidRepositoryNameException'],
    [
      'a long name',
      codecommit.CreateRepository$,
      { repositoryName: 'x'.repeat(101) },
      'InvalidRepositoryNameException',
    ],
    ['.git at the end', codecommit.CreateRepository$, { repositoryName: 'x.git' }, 'InvalidRepositoryNameException'],
    [
      '.git by a rename',
      codecommit.UpdateRepositoryName$,
      { oldName: 'x', newName: 'x.git' },
      'InvalidRepositoryNameException',
    ],
    ['no old name', codecommit.UpdateRepositoryName$, { newName: 'x' }, 'RepositoryNameRequiredException'],
    [
      'a long description',
      codecommit.CreateRepository$,
      { repositoryName: 'x', repositoryDescription: 'd'.repeat(1001) },
      'InvalidRepositoryDescriptionException',
    ],
    [
      'a bad key',
      codecommit.CreateRepository$,
      { repositoryName: 'x', kmsKeyId: 'a b' },
      'EncryptionKeyInvalidIdException',
    ],
    ['no key', codecommit.UpdateRepositoryEncryptionKey$, { repositoryName: 'x' }, 'EncryptionKeyRequiredException'],
    [
      'a tag of AWS',
      codecommit.CreateRepository$,
      { repositoryName: 'x', tags: { 'AWS:x': 'y' } },
      'InvalidSystemTagUsageException',
    ],
    [
      'a long tag value',
      codecommit.TagResource$,
      { resourceArn: arn, tags: { a: 'x'.repeat(257) } },
      'InvalidTagsMapException',
    ],
    [
      '51 tags',
      codecommit.TagResource$,
      { resourceArn: arn, tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
      'TooManyTagsException',
    ],
    ['no tags', codecommit.TagResource$, { resourceArn: arn }, 'TagsMapRequiredException'],
    ['no ARN', codecommit.ListTagsForResource$, {}, 'ResourceArnRequiredException'],
    ['no tag keys', codecommit.UntagResource$, { resourceArn: arn, tagKeys: [] }, 'TagKeysListRequiredException'],
    ['a bad tag key', codecommit.UntagResource$, { resourceArn: arn, tagKeys: ['?'] }, 'InvalidTagKeysListException'],
    [
      'a tag key of AWS',
      codecommit.UntagResource$,
      { resourceArn: arn, tagKeys: ['aws:x'] },
      'InvalidSystemTagUsageException',
    ],
    ['no names', codecommit.BatchGetRepositories$, { repositoryNames: [] }, 'RepositoryNamesRequiredException'],
    [
      '101 names',
      codecommit.BatchGetRepositories$,
      { repositoryNames: Array.from({ length: 101 }, () => 'x') },
      'MaximumRepositoryNamesExceededException',
    ],
    [
      'a bad name in a list',
      codecommit.BatchGetRepositories$,
      { repositoryNames: ['x', 'a b'] },
      'InvalidRepositoryNameException',
    ],
    ['a bad order', codecommit.ListRepositories$, { order: 'up' }, 'InvalidOrderException'],
    ['a bad sort', codecommit.ListRepositories$, { sortBy: 'size' }, 'InvalidSortByException'],
    ['no branch', codecommit.GetBranch$, { repositoryName: 'x' }, 'BranchNameRequiredException'],
    ['an empty branch', codecommit.CreateBranch$, { ...branch, branchName: '' }, 'InvalidBranchNameException'],
    ['no commit', codecommit.CreateBranch$, { ...branch, commitId: undefined }, 'CommitIdRequiredException'],
    ['a short commit', codecommit.CreateBranch$, { ...branch, commitId: 'abc' }, 'InvalidCommitIdException'],
    ['no default', codecommit.UpdateDefaultBranch$, { repositoryName: 'x' }, 'BranchNameRequiredException'],
    [
      'a long default',
      codecommit.UpdateDefaultBranch$,
      { repositoryName: 'x', defaultBranchName: 'b'.repeat(257) },
      'InvalidBranchNameException',
    ],
    ['no blob', codecommit.GetBlobDifferences$, { repositoryName: 'x' }, 'BlobIdRequiredException'],
    [
      'context out of range',
      codecommit.GetBlobDifferences$,
      { repositoryName: 'x', afterBlobId: commitId, contextLines: 21 },
      'ValidationException',
    ],
    ['no path', codecommit.GetFile$, { repositoryName: 'x' }, 'PathRequiredException'],
    [
      'a long author',
      codecommit.CreateCommit$,
      { repositoryName: 'x', branchName: 'y', authorName: 'n'.repeat(1025) },
      'NameLengthExceededException',
    ],
    [
      'a trigger without a name',
      codecommit.PutRepositoryTriggers$,
      { repositoryName: 'x', triggers: [{ destinationArn: 'arn', events: ['all'] }] },
      'RepositoryTriggerNameRequiredException',
    ],
  ];

  it.each(cases)('refuses %s', (_, schema, input, exception) => {
    expect(refusal(codecommitValidate, schema, input)).toMatchObject({ exception, status: 400, fault: 'client' });
  });

  it('says what is wrong with which member', () => {
    expect(refusal(codecommitValidate, codecommit.GetRepository$, { repositoryName: 'a b' }).message).toBe(
      "A specified repository name is not valid. Value 'a b' at 'repositoryName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\.-]+",
    );
  });

  it('leaves items that an operation reports in its answer to the operation', () => {
    expect(() =>
      codecommitValidate(codecommit.BatchGetCommits$, { repositoryName: 'x', commitIds: ['nonsense'] }),
    ).not.toThrow();
  });

  it('accepts what keeps every limit', () => {
    const input = { repositoryName: 'x', repositoryDescription: '', tags: { 'a b': '' }, kmsKeyId: 'alias/mine' };
    expect(() => codecommitValidate(codecommit.CreateRepository$, input)).not.toThrow();
    expect(() => codecommitValidate(codecommit.CreateBranch$, branch)).not.toThrow();
    expect(() => codecommitValidate(codecommit.ListRepositories$, {})).not.toThrow();
  });

  it('has, for every required member of every operation, an exception that it declares', () => {
    const lacking: string[] = [];
    for (const schema of operationsOfSdk(codecommit)) {
      const name = schema[2];
      const shape = codecommitConstraints.shapes[codecommitConstraints.inputs[name] ?? ''];
      if (shape?.type !== 'structure') continue;
      const declared = codecommitConstraints.exceptions[name] ?? [];
      for (const member of shape.required ?? []) {
        const exception = exceptionFor(name, declared, { member, kind: 'missing', isElement: false, message: '' });
        if (exception === 'ValidationException') lacking.push(`${name}.${member}`);
      }
    }
    // The model declares no exception for it.
    expect(lacking).toEqual(['ListFileCommitHistory.filePath']);
  });
});
