import fc from 'fast-check';

export type ContextValues = Readonly<Record<string, string | readonly string[]>>;

export interface CaseStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly [element: string]: unknown;
}

export interface CaseDocument {
  readonly Version?: '2012-10-17' | '2008-10-17';
  readonly Statement: readonly CaseStatement[];
}

interface CaseCaller {
  readonly kind: 'user' | 'assumed-role' | 'federated-user' | 'root';
  readonly accountId: string;
  readonly arn: string;
}

/** A request and every policy that speaks about it. Policies of resources name principals by their ARNs. */
export interface PolicyCase {
  readonly caller: CaseCaller;
  readonly action: string;
  readonly resource: { readonly arn: string; readonly accountId: string };
  readonly context: ContextValues;
  readonly identity: readonly CaseDocument[];
  readonly boundary?: CaseDocument | undefined;
  readonly session?: CaseDocument | undefined;
  readonly resourcePolicy?: CaseDocument | undefined;
}

const OWN = '111122223333';
const OTHER = '999900001111';

export const userArn = `arn:aws:iam::${OWN}:user/ann`;
export const roleArn = `arn:aws:iam::${OWN}:role/Builder`;
export const sessionArn = `arn:aws:sts::${OWN}:assumed-role/Builder/job-7`;
const federatedArn = `arn:aws:sts::${OWN}:federated-user/kim`;

const callers: readonly CaseCaller[] = [
  { kind: 'user', accountId: OWN, arn: userArn },
  { kind: 'assumed-role', accountId: OWN, arn: sessionArn },
  { kind: 'federated-user', accountId: OWN, arn: federatedArn },
];

const actions = ['codecommit:GitPush', 'codecommit:GitPull', 'codecommit:PutFile', 'kms:Decrypt', 'sts:AssumeRole'];

/** What exists of each action's service, in the caller's account and in another one. */
function resourcesOf(action: string): readonly PolicyCase['resource'][] {
  const [service] = action.split(':');
  const arnIn = (account: string) => {
    if (service === 'kms') return `arn:aws:kms:eu-west-1:${account}:key/1234abcd`;
    if (service === 'sts') return `arn:aws:iam::${account}:role/Deployer`;
    return `arn:aws:codecommit:eu-west-1:${account}:team.ann`;
  };
  return [OWN, OWN, OWN, OTHER].map((accountId) => ({ arn: arnIn(accountId), accountId }));
}

const actionPatterns = [
  '*',
  'codecommit:*',
  'codecommit:Git*',
  'CODECOMMIT:gitpush',
  'codecommit:Git????',
  'kms:*',
  'kms:Dec*',
  'sts:*',
  'sts:AssumeRole',
  'iam:*',
];
const resourcePatterns = [
  '*',
  `arn:aws:codecommit:*:${OWN}:*`,
  'arn:aws:codecommit:eu-west-1:*:team.ann',
  `arn:aws:codecommit:*:*:team.\${aws:username}`,
  `arn:aws:codecommit:*:*:team.\${aws:PrincipalTag/nobody, 'ann'}`,
  `arn:aws:codecommit:*:*:\${aws:PrincipalTag/nobody}`,
  'arn:aws:codecommit:eu-west-?:*:t*m.an?',
  'arn:aws:kms:*:*:key/*',
  'arn:aws:iam::*:role/*',
  'arn:aws:iam::*:role/Deploy',
];
const principalNames = [
  userArn,
  roleArn,
  sessionArn,
  federatedArn,
  OWN,
  `arn:aws:iam::${OWN}:root`,
  `arn:aws:iam::${OWN}:user/bob`,
  `arn:aws:iam::${OTHER}:root`,
  '*',
];

interface KeyFamily {
  readonly keys: readonly string[];
  readonly operators: readonly string[];
  readonly wanted: readonly string[];
  readonly actual: readonly string[];
}

const text: Omit<KeyFamily, 'keys'> = {
  operators: [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ],
  wanted: [
    'ann',
    'Ann',
    'a*',
    '?nn',
    '*',
    '',
    'refs/heads/main',
    'refs/heads/*',
    `\${aws:username}`,
    `\${aws:PrincipalTag/nobody}`,
    `\${aws:PrincipalTag/nobody, 'ann'}`,
    `\${*}`,
    `a\${?}n`,
  ],
  actual: ['ann', 'Ann', 'bob', '', '*', 'a?n', 'refs/heads/main', 'refs/heads/feature/x', `\${aws:username}`],
};

const families: readonly KeyFamily[] = [
  { keys: ['aws:username', 'aws:PrincipalTag/team', 'aws:ResourceTag/team', 'codecommit:References'], ...text },
  {
    keys: ['aws:MultiFactorAuthAge', 'sts:Number'],
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    wanted: ['0', '5', '5.0', '-1', '300'],
    actual: ['0', '5', '5.5', '300', '-1'],
  },
  {
    keys: ['aws:CurrentTime', 'aws:TokenIssueTime'],
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
    wanted: ['2026-01-01T00:00:00Z', '2026-06-01T12:30:00Z', '2025-12-31T23:59:59Z'],
    actual: ['2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-06-01T12:30:00Z'],
  },
  {
    keys: ['aws:SecureTransport', 'aws:MultiFactorAuthPresent'],
    operators: ['Bool'],
    wanted: ['true', 'false', 'True'],
    actual: ['true', 'false'],
  },
  {
    keys: ['aws:SourceIp'],
    operators: ['IpAddress', 'NotIpAddress'],
    wanted: ['10.0.0.0/8', '10.1.2.3', '0.0.0.0/0', '2001:db8::/32'],
    actual: ['10.1.2.3', '192.0.2.1', '2001:db8::1'],
  },
  {
    keys: ['aws:SourceArn', 'aws:PrincipalArn'],
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    wanted: [
      userArn,
      'arn:aws:iam::*:user/*',
      `arn:aws:iam::${OWN}:role/Build*`,
      'arn:aws:*:*:*:*',
      `arn:aws:iam::*:user/\${aws:username}`,
    ],
    actual: [userArn, roleArn, `arn:aws:iam::${OWN}:user/team/ann`],
  },
];

const tagKeys: KeyFamily = {
  keys: ['aws:TagKeys'],
  ...text,
  operators: text.operators.flatMap((operator) => [`ForAllValues:${operator}`, `ForAnyValue:${operator}`]),
};

/** An operator's, or a key's, name in another case: neither is told by case. */
function inAnyCase(name: string): fc.Arbitrary<string> {
  return fc.constantFrom(name, name, name, name.toLowerCase());
}

function conditionOf({
  keys,
  operators,
  wanted,
}: KeyFamily): fc.Arbitrary<[operator: string, key: string, values: string[]]> {
  return fc.tuple(
    fc
      .tuple(fc.constantFrom(...operators), fc.constantFrom('', '', 'IfExists'))
      .map(([operator, suffix]) => operator + suffix),
    fc.constantFrom(...keys).chain(inAnyCase),
    fc.uniqueArray(fc.constantFrom(...wanted), { minLength: 1, maxLength: 3 }),
  );
}

const nullCondition = fc.tuple(
  fc.constant('Null'),
  fc.constantFrom(...families.flatMap(({ keys }) => keys), 'aws:TagKeys'),
  fc.constantFrom(['true'], ['false']),
);

const conditions = fc
  .array(fc.oneof(...families.map(conditionOf), conditionOf(tagKeys), nullCondition), { maxLength: 3 })
  .map((blocks) => {
    const element: Record<string, Record<string, readonly string[]>> = {};
    for (const [operator, key, values] of blocks) element[operator] = { ...element[operator], [key]: values };
    return element;
  });

/** One name or a list of them, under an element or its negation. */
function elementOf(element: string, names: readonly string[], negation = 6): fc.Arbitrary<Record<string, unknown>> {
  const patterns = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });
  const negated = fc.nat(negation).map((chance) => chance === 0);
  return fc
    .tuple(patterns, negated)
    .map(([some, not]) => ({ [not ? `Not${element}` : element]: some.length === 1 ? some[0] : some }));
}

const effects = fc.constantFrom<('Allow' | 'Deny')[]>('Allow', 'Allow', 'Allow', 'Deny');
const noConditions = fc.constant({});

const identityStatement = fc
  .tuple(
    effects,
    elementOf('Action', actionPatterns),
    elementOf('Resource', resourcePatterns),
    fc.oneof(noConditions, conditions),
  )
  .map(([Effect, action, resource, Condition]): CaseStatement => ({ Effect, ...action, ...resource, Condition }));

const principalElement = fc
  .uniqueArray(fc.constantFrom(...principalNames), { minLength: 1, maxLength: 3 })
  .map((names) => ({ Principal: names.includes('*') ? '*' : { AWS: names } }));

const resourceStatement = fc
  .tuple(effects, elementOf('Action', actionPatterns), fc.oneof(noConditions, conditions), principalElement)
  .map(
    ([Effect, action, Condition, principal]): CaseStatement => ({
      Effect,
      ...principal,
      ...action,
      Resource: '*',
      Condition,
    }),
  );

function documentOf(statement: fc.Arbitrary<CaseStatement>): fc.Arbitrary<CaseDocument> {
  return fc.record({
    Version: fc.constantFrom<('2012-10-17' | '2008-10-17')[]>('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17'),
    Statement: fc.array(statement, { minLength: 1, maxLength: 3 }),
  });
}

const valueOfKey = [...families, tagKeys].flatMap(({ keys, actual }) => keys.map((key) => [key, actual] as const));

/** Each key is there or not. codecommit:References has one value, as one evaluation is for one reference. */
const context = fc
  .tuple(
    ...valueOfKey.map(([key, actual]) =>
      fc.option<string | string[]>(
        key === 'aws:TagKeys'
          ? fc.uniqueArray(fc.constantFrom(...actual), { minLength: 1, maxLength: 3 })
          : fc.constantFrom(...actual),
        { nil: undefined },
      ),
    ),
  )
  .map((values): ContextValues => {
    const entries = valueOfKey.map(([key], index) => [key, values[index]] as const);
    return Object.fromEntries(
      entries.flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, value]])),
    );
  });

function principalArn({ kind, arn }: CaseCaller): string {
  return kind === 'assumed-role' ? roleArn : arn;
}

export const policyCases: fc.Arbitrary<PolicyCase> = fc
  .tuple(fc.constantFrom(...actions), fc.constantFrom(...callers))
  .chain(([action, caller]) =>
    fc.record({
      caller: fc.constant(caller),
      action: fc.constant(action),
      resource: fc.constantFrom(...resourcesOf(action)),
      // Whatever else a request tells, its principal is who calls.
      context: context.map((values) => ({ ...values, 'aws:PrincipalArn': principalArn(caller) })),
      identity: fc.array(documentOf(identityStatement), { maxLength: 3 }),
      boundary: fc.option(documentOf(identityStatement), { nil: undefined, freq: 2 }),
      // A user's own credentials are no session.
      session:
        caller.kind === 'user'
          ? fc.constant(undefined)
          : fc.option(documentOf(identityStatement), { nil: undefined, freq: 2 }),
      // Keys and roles always have one.
      resourcePolicy: /^(?:kms|sts):/.test(action)
        ? documentOf(resourceStatement)
        : fc.option(documentOf(resourceStatement), { nil: undefined, freq: 2 }),
    }),
  );
