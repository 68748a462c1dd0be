import { type CaseDocument, type CaseStatement, type PolicyCase, roleArn } from './cases.ts';
import { codekeepOutcome, type Outcome } from './decisions.ts';

/** A rule that the two evaluators read differently. */
interface KnownDifference {
  readonly name: string;
  /** The case, so changed that Codekeep decides it by the other's reading of this rule. */
  readonly inOtherReading: (policyCase: PolicyCase) => PolicyCase;
}

const DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'variables stand anywhere in a resource and have defaults, to the other only after a slash and without',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, ({ Resource, NotResource, ...statement }) => ({
        ...statement,
        ...(Resource !== undefined && { Resource: withoutAnyVariable(Resource) }),
        ...(NotResource !== undefined && { NotResource: withoutAnyVariable(NotResource) }),
      })),
  },
  {
    name: 'an empty text is the value of a variable, to the other it is none',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, (statement) => {
        const isEmpty = policyCase.context['aws:username'] === '';
        return isEmpty ? replaced(statement, `\${aws:username}`, '\\u0000') : statement;
      }),
  },
  {
    name: 'Version 2008-10-17 has no variables, to the other it has',
    inOtherReading: (policyCase) => inEachDocument(policyCase, (statement) => statement, { Version: '2012-10-17' }),
  },
  {
    name: 'everybody as the principal is the session itself, to the other its role',
    inOtherReading: (policyCase) =>
      policyCase.caller.kind === 'user'
        ? policyCase
        : inResourcePolicy(policyCase, ({ Principal, ...statement }) =>
            statement.Effect === 'Allow' && Principal === '*'
              ? { ...statement, Principal: { AWS: [identityOf(policyCase)] } }
              : { ...statement, Principal },
          ),
  },
  {
    name: 'a session as the principal is not limited by its policies, to the other it is',
    inOtherReading: (policyCase) =>
      inResourcePolicy(policyCase, (statement) =>
        replaced(statement, JSON.stringify(policyCase.caller.arn), JSON.stringify(identityOf(policyCase))),
      ),
  },
  {
    name: 'an account as the principal is its federated users too, to the other it is not',
    inOtherReading: (policyCase) =>
      policyCase.caller.kind === 'federated-user'
        ? inResourcePolicy(policyCase, (statement) => replaced(statement, policyCase.caller.accountId, '000000000000'))
        : policyCase,
  },
  {
    name: '0.0.0.0/0 is every IPv4 address, to the other it is none',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, (statement) => replaced(statement, '"0.0.0.0/0"', '"255.255.255.255"')),
  },
  {
    name: 'an allow of all but what a variable without a value says does not apply, to the other it does',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, (statement) =>
        statement.Effect === 'Allow' && isUnresolved(statement, policyCase)
          ? withoutVariables(statement, policyCase)
          : statement,
      ),
  },
  {
    name: 'an account as the principal leaves its users limited by their boundaries, to the other it does not',
    inOtherReading: (policyCase) =>
      isForeign(policyCase) || policyCase.resourcePolicy === undefined
        ? policyCase
        : { ...policyCase, boundary: undefined },
  },
  {
    name: 'a deny that has a variable without a value applies, to the other it does not',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, (statement) =>
        statement.Effect === 'Deny' && isUnresolved(statement, policyCase)
          ? { ...statement, ...neverApplies }
          : statement,
      ),
  },
  {
    name: 'an address of IPv6 is outside of a range of IPv4 and the other way round, to the other it is neither',
    inOtherReading: (policyCase) =>
      inConditions(policyCase, (operator, values) => {
        const address = policyCase.context['aws:SourceIp'];
        const isMixed =
          typeof address === 'string' && values.some((value) => value.includes(':') !== address.includes(':'));
        return /^NotIpAddress/.test(operator) && isMixed ? [...values, address] : values;
      }),
  },
  {
    name: 'escapes stand for their characters in operators without wildcards too, to the other they do not',
    inOtherReading: (policyCase) =>
      inConditions(policyCase, (operator, values) =>
        /String(?:Not)?Equals/.test(operator)
          ? values.filter((value) => !/\$\{[*?]\}/.test(value)).concat('\u0000')
          : values,
      ),
  },
  {
    name: 'ForAnyValue:…IfExists holds without the key, to the other it does not',
    inOtherReading: (policyCase) =>
      inEachDocument(policyCase, (statement) => ({
        ...statement,
        Condition: JSON.parse(
          JSON.stringify(statement.Condition ?? {}).replaceAll(/"(ForAnyValue:\w+)IfExists"/g, '"$1"'),
        ),
      })),
  },
];

const neverApplies = { Action: 'nothing:Never', NotAction: undefined };

/** Why the two decide differently: the fewest readings that make up for it; undefined when none do. */
export function knownDifference(policyCase: PolicyCase, ours: Outcome, theirs: Outcome): string | undefined {
  if (isForeign(policyCase) && ours === 'explicitDeny' && theirs === 'implicitDeny') {
    return "an explicit deny counts for another account's resource that gives no consent, to the other it is implicit";
  }
  return subsets(DIFFERENCES)
    .find(
      (some) => codekeepOutcome(some.reduce((read, { inOtherReading }) => inOtherReading(read), policyCase)) === theirs,
    )
    ?.map(({ name }) => name)
    .join('; and ');
}

/** Of one to all of the items, the smallest first. */
function subsets<T>(items: readonly T[]): T[][] {
  const all: T[][] = [[]];
  for (const item of items) all.push(...all.map((each) => [...each, item]));
  return all.filter((each) => each.length > 0).sort((a, b) => a.length - b.length);
}

function isForeign({ caller, resource }: PolicyCase): boolean {
  return caller.accountId !== resource.accountId;
}

/** What a session is a session of. */
function identityOf({ caller }: PolicyCase): string {
  return caller.kind === 'assumed-role' ? roleArn : caller.accountId;
}

function withoutAnyVariable(resources: unknown): unknown {
  return JSON.parse(JSON.stringify(resources).replaceAll(/\$\{[^}]*\}/g, '\\u0000'));
}

const VARIABLE = /\$\{([^},]+:[^},]+)\}/g;

/** With a text that nothing equals in the place of each variable without a value. */
function withoutVariables(statement: CaseStatement, { context }: PolicyCase): CaseStatement {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  const text = JSON.stringify(statement).replaceAll(VARIABLE, (variable, key: string) =>
    known.has(key.toLowerCase()) ? variable : '\\u0000',
  );
  return JSON.parse(text) as CaseStatement;
}

function isUnresolved(statement: CaseStatement, { context }: PolicyCase): boolean {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  const variables = JSON.stringify(statement).matchAll(VARIABLE);
  return [...variables].some(([, key = '']) => !known.has(key.toLowerCase()));
}

function replaced<T>(value: T, part: string, by: string): T {
  return JSON.parse(JSON.stringify(value).replaceAll(part, by)) as T;
}

type Change = (statement: CaseStatement) => CaseStatement;

function inResourcePolicy(policyCase: PolicyCase, change: Change): PolicyCase {
  const { resourcePolicy } = policyCase;
  return { ...policyCase, resourcePolicy: resourcePolicy && withChanged(resourcePolicy, change) };
}

function inEachDocument(
  policyCase: PolicyCase,
  change: Change,
  elements: Pick<CaseDocument, 'Version'> = {},
): PolicyCase {
  const { identity, boundary, session, resourcePolicy } = policyCase;
  const changed = (document: CaseDocument) => ({ ...withChanged(document, change), ...elements });
  return {
    ...policyCase,
    identity: identity.map(changed),
    boundary: boundary && changed(boundary),
    session: session && changed(session),
    resourcePolicy: resourcePolicy && changed(resourcePolicy),
  };
}

type ConditionElement = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function inConditions(
  policyCase: PolicyCase,
  change: (operator: string, values: readonly string[]) => readonly string[],
): PolicyCase {
  return inEachDocument(policyCase, (statement) => {
    const operators = Object.entries((statement.Condition ?? {}) as ConditionElement).map(([operator, keys]) => {
      const changed = Object.entries(keys).map(([key, values]) => [key, change(operator, values)]);
      return [operator, Object.fromEntries(changed)];
    });
    return { ...statement, Condition: Object.fromEntries(operators) };
  });
}

function withChanged(document: CaseDocument, change: Change): CaseDocument {
  return { ...document, Statement: document.Statement.map(change) };
}
