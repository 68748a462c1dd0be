import { awsManagedPolicies } from '../server/src/access/managed-policies/index.ts';
import { compilePolicy } from '../server/src/access/policy/compiled-policy.ts';
import {
  type AuthorizationRequest,
  conditionContext,
  evaluate,
  type PolicySet,
} from '../server/src/access/policy/evaluation.ts';
import { UNLIMITED } from '../server/src/access/policy/evaluation-effort.ts';

// Decisions a second on one core for a user with AWSCodeCommitPowerUser and a deny that protects branches.
// Run by: node bench/policy.ts

const runs = 7;
const decisionsPerRun = 300_000;

const protectBranches = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Deny',
    Action: ['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:PutFile', 'codecommit:Merge*'],
    Resource: 'arn:aws:codecommit:*:*:Demo',
    Condition: {
      StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main', 'refs/heads/prod'] },
      Null: { 'codecommit:References': 'false' },
    },
  },
});

function managedPolicy(name: string) {
  const policy = awsManagedPolicies.get(`arn:aws:iam::aws:policy/${name}`);
  if (policy === undefined) throw new Error(`${name} is not built in`);
  return { source: policy.arn, policy: compilePolicy(policy.document) };
}

const policies: PolicySet = {
  identity: [
    { source: 'ProtectBranches', policy: compilePolicy(protectBranches) },
    managedPolicy('AWSCodeCommitPowerUser'),
  ],
};

const repository = 'arn:aws:codecommit:eu-west-1:111122223333:Demo';
const ownUser = 'arn:aws:iam::111122223333:user/ann';

interface Question {
  readonly name: string;
  readonly action: string;
  readonly resource: string;
  readonly reference?: string;
  readonly expected: 'allow' | 'deny';
}

const questions: readonly Question[] = [
  { name: 'push, discovery', action: 'codecommit:GitPush', resource: repository, expected: 'allow' },
  {
    name: 'push to dev',
    action: 'codecommit:GitPush',
    resource: repository,
    reference: 'refs/heads/dev',
    expected: 'allow',
  },
  {
    name: 'push to main',
    action: 'codecommit:GitPush',
    resource: repository,
    reference: 'refs/heads/main',
    expected: 'deny',
  },
  { name: 'pull', action: 'codecommit:GitPull', resource: repository, expected: 'allow' },
  { name: 'delete repository', action: 'codecommit:DeleteRepository', resource: repository, expected: 'deny' },
  { name: 'own SSH key', action: 'iam:UploadSSHPublicKey', resource: ownUser, expected: 'allow' },
];

/** As long as the context that the server sets on every request. */
function requestFor({ action, resource, reference }: Question): AuthorizationRequest {
  const entries: [string, string][] = [
    ['aws:SourceIp', '203.0.113.7'],
    ['aws:userid', 'AIDAEXAMPLEEXAMPLE123'],
    ['aws:username', 'ann'],
    ['aws:PrincipalArn', ownUser],
    ['aws:PrincipalAccount', '111122223333'],
    ['aws:PrincipalType', 'User'],
    ['aws:PrincipalTag/team', 'blue'],
    ['aws:RequestedRegion', 'eu-west-1'],
    ['aws:CurrentTime', '2026-10-01T12:00:00.000Z'],
    ['aws:EpochTime', '1790856000'],
    ['aws:SecureTransport', 'true'],
    ['aws:UserAgent', 'git/2.47.0'],
    ['aws:ResourceAccount', '111122223333'],
    ['aws:ViaAWSService', 'false'],
  ];
  if (reference !== undefined) entries.push(['codecommit:References', reference]);
  return { action, resource, context: conditionContext(() => entries, UNLIMITED) };
}

/** Median of the runs, after one run to warm up. `makeRequest` is part of what is measured. */
function decisionsPerSecond(
  asked: readonly Question[],
  makeRequest: (question: Question) => AuthorizationRequest,
): number {
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    for (let decision = 0; decision < decisionsPerRun; ) {
      for (const question of asked) {
        const { effect } = evaluate(makeRequest(question), policies);
        if (effect !== question.expected) throw new Error(`${question.name}: ${effect}`);
        decision++;
      }
    }
    if (run > 0) rates.push((decisionsPerRun / (performance.now() - start)) * 1000);
  }
  return rates.sort((first, second) => first - second)[Math.floor(rates.length / 2)] ?? Number.NaN;
}

function prepared(asked: readonly Question[]): (question: Question) => AuthorizationRequest {
  const requests = new Map(asked.map((question) => [question, requestFor(question)]));
  return (question) => requests.get(question) ?? requestFor(question);
}

function row(name: string, rate: number): string {
  return `${name.padEnd(30)}${Math.round(rate).toLocaleString('en-US').padStart(14)}`;
}

console.log(`Decisions a second, one core, median of ${runs} runs of ${decisionsPerRun.toLocaleString('en-US')}\n`);
for (const question of questions) {
  console.log(row(question.name, decisionsPerSecond([question], prepared([question]))));
}
console.log(row('all in turn', decisionsPerSecond(questions, prepared(questions))));
console.log(row('all, context made each time', decisionsPerSecond(questions, requestFor)));
