import { compilePolicy } from '../../src/access/policy/compiled-policy.ts';
import { conditionContext, evaluate, type PolicyOfResource } from '../../src/access/policy/evaluation.ts';
import { renameAwsPrincipals } from '../../src/access/policy/resource-policy.ts';
import { type CaseDocument, type PolicyCase, roleArn, sessionArn, userArn } from './cases.ts';

export type Outcome = 'allowed' | 'explicitDeny' | 'implicitDeny';

/** Stored policies name users and roles by unique IDs. */
const uniqueIds = new Map([
  [userArn, 'AIDAANN'],
  [roleArn, 'AROABUILDER'],
  [sessionArn, 'AROABUILDER:job-7'],
]);

/** What Codekeep's evaluator decides. */
export function codekeepOutcome(policyCase: PolicyCase): Outcome {
  const { caller, action, resource, context, identity, boundary, session } = policyCase;
  const { accountId, arn, kind } = caller;
  const decision = evaluate(
    { action, resource: resource.arn, context: conditionContext(() => Object.entries(context)) },
    {
      identity: identity.map(compiled),
      boundary: boundary && compiled(boundary),
      session: session && [compiled(session)],
      resource: {
        caller: {
          kind,
          accountId,
          arn,
          userId: uniqueIds.get(arn) ?? `${accountId}:kim`,
          permissionsBoundary: boundary,
        },
        accountId: resource.accountId,
        policy: policyOfResource(policyCase),
      },
    },
  );
  if (decision.effect === 'allow') return 'allowed';
  return decision.explicit ? 'explicitDeny' : 'implicitDeny';
}

function compiled(document: CaseDocument) {
  return { source: 'case', policy: compilePolicy(JSON.stringify(document)) };
}

/** Keys and roles need the consent of their policy; nothing else does. */
function policyOfResource({ action, resourcePolicy }: PolicyCase): PolicyOfResource | undefined {
  const isRequired = /^(?:kms|sts):/.test(action);
  if (resourcePolicy === undefined && !isRequired) return undefined;
  const documents = resourcePolicy === undefined ? [] : [JSON.stringify(resourcePolicy)];
  return {
    type: action.startsWith('sts:') ? 'role trust' : 'resource-based',
    documents: documents.map((text) => renameAwsPrincipals(text, (name) => uniqueIds.get(name) ?? name)),
    consent: isRequired ? 'required' : 'sufficient',
  };
}
