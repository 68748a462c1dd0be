import {
  type ContextEntry,
  type EvaluationResult,
  type IAMClient,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';
import type { TextMark } from '../../elements/json-marks.ts';

/** Whose policies are asked: those of a user, group or role, or a text of one's own. */
export type Source =
  | { readonly kind: 'identity'; readonly arn: string }
  | { readonly kind: 'text'; readonly text: string };

export interface Question {
  /** "codecommit:GitPush" */
  readonly actions: readonly string[];
  /** ARNs; none stands for `*`. */
  readonly resources: readonly string[];
  readonly context: readonly ContextEntry[];
}

/** A statement that decided, with its place in the text of its policy. */
export interface DecidingStatement {
  /** As AWS names it: the name of a managed policy, user_NAME_POLICY, PolicyInputList.1. */
  readonly policyId: string;
  readonly isBoundary: boolean;
  readonly mark: TextMark;
}

export interface Outcome {
  readonly action: string;
  readonly resource: string;
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  readonly statements: readonly DecidingStatement[];
  /** Condition keys that statements ask for, and that the question does not tell. */
  readonly missingKeys: readonly string[];
  /** Undefined without a permissions boundary. */
  readonly isWithinBoundary: boolean | undefined;
}

/** Has IAM decide, for each action on each resource. */
export async function simulate(iam: IAMClient, source: Source, question: Question): Promise<Outcome[]> {
  const input = {
    ActionNames: [...question.actions],
    ...(question.resources.length > 0 && { ResourceArns: [...question.resources] }),
    ContextEntries: [...question.context],
    MaxItems: 1_000,
  };
  const results = await allOf<EvaluationResult>(async (Marker) => {
    const page = await (source.kind === 'identity'
      ? iam.send(new SimulatePrincipalPolicyCommand({ ...input, Marker, PolicySourceArn: source.arn }))
      : iam.send(new SimulateCustomPolicyCommand({ ...input, Marker, PolicyInputList: [source.text] })));
    return { items: page.EvaluationResults, marker: page.Marker };
  });
  return results.map(outcomeOf);
}

function outcomeOf(result: EvaluationResult): Outcome {
  const { EvalActionName = '', EvalResourceName = '*', EvalDecision, MatchedStatements = [] } = result;
  const ofResources = result.ResourceSpecificResults ?? [];
  return {
    action: EvalActionName,
    resource: EvalResourceName,
    decision: EvalDecision ?? 'implicitDeny',
    statements: MatchedStatements.map(({ SourcePolicyId = '', SourcePolicyType, StartPosition, EndPosition }) => ({
      policyId: SourcePolicyId,
      // AWS answers other words than its model has.
      isBoundary: String(SourcePolicyType) === 'Permissions Boundary Policy',
      mark: {
        // The place told is the one after the brace that opens the statement.
        start: { line: StartPosition?.Line ?? 1, column: Math.max(1, (StartPosition?.Column ?? 1) - 1) },
        end: { line: EndPosition?.Line ?? 1, column: EndPosition?.Column ?? 1 },
        kind: 'matched',
      },
    })),
    missingKeys: [
      ...new Set([
        ...(result.MissingContextValues ?? []),
        ...ofResources.flatMap(({ MissingContextValues = [] }) => MissingContextValues),
      ]),
    ],
    isWithinBoundary: result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
  };
}

/** As the AWS policy simulator words decisions. */
export function decisionText({ decision, statements }: Pick<Outcome, 'decision' | 'statements'>): string {
  const count = statements.length === 1 ? '1 matching statement' : `${statements.length} matching statements`;
  if (decision === 'allowed') return `Allowed (${count})`;
  return decision === 'explicitDeny' ? `Explicitly denied (${count})` : 'Implicitly denied (no matching statements)';
}

function placeText({ policyId, isBoundary, mark }: DecidingStatement): string {
  return `${policyId}${isBoundary ? ' (permissions boundary)' : ''}, line ${mark.start.line}`;
}

/** Why it is so, in a sentence: which statement, or what is missing. */
export function reasonText({ decision, statements, isWithinBoundary, missingKeys }: Outcome): string {
  const places = statements.map(placeText).join('; ');
  const unknown = missingKeys.length === 0 ? '' : ` Not known, so taken as absent: ${missingKeys.join(', ')}.`;
  if (decision === 'allowed') return `Allowed by ${places}.${unknown}`;
  if (decision === 'explicitDeny') return `Denied by ${places}.${unknown}`;
  if (isWithinBoundary === false) return `The permissions boundary does not allow it.${unknown}`;
  return `No policy allows it.${unknown}`;
}
