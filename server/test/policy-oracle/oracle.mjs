// The independent evaluator, in a process of its own: reads cases from standard input, one in JSON a line, and writes an
// answer a line: its outcome, and the condition keys that it did not look at. Its argument is the module's file.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { runSimulation, runUnsafeSimulation } = await import(pathToFileURL(process.argv[2]).href);
const outcomes = { Allowed: 'allowed', ExplicitlyDenied: 'explicitDeny', ImplicitlyDenied: 'implicitDeny' };
const named = (documents) => documents.map((policy, index) => ({ name: `policy-${index}`, policy }));

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}

async function answer({ caller, action, resource, context, identity, boundary, session, resourcePolicy }) {
  const simulation = {
    request: {
      principal: caller.arn,
      action,
      resource: { resource: resource.arn, accountId: resource.accountId },
      contextVariables: context,
    },
    identityPolicies: named(identity),
    permissionBoundaryPolicies: boundary && named([boundary]),
    sessionPolicy: session,
    resourcePolicy,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  // The quicker one looks at neither.
  if (resourcePolicy === undefined && session === undefined)
    return { outcome: outcomes[runUnsafeSimulation(simulation, {})], ignored: [] };
  const { resultType, overallResult, result, errors } = await runSimulation(simulation, {});
  if (resultType !== 'single') return { outcome: `${resultType} ${JSON.stringify(errors)}`, ignored: [] };
  return { outcome: outcomes[overallResult], ignored: result.ignoredContextKeys ?? [] };
}
