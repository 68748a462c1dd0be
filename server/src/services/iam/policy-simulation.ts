import { setImmediate } from 'node:timers/promises';
import {
  type EvaluationResult,
  type PolicySourceType,
  SimulateCustomPolicy$,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicy$,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { type Effort, EvaluationLimitError, effortOf } from '../../access/policy/evaluation-effort.ts';
import { type Scenario, type SimulatedPolicy, type Simulation, simulate } from '../../access/policy/simulation.ts';
import type { Principal } from '../../access/principal.ts';
import { loadUserPrincipal } from '../../access/principals.ts';
import type { Call, Operation } from '../operation.ts';
import { contextEntries } from './context-entries.ts';
import { invalidInput, validationError } from './errors.ts';
import { page, pageRequest } from './pagination.ts';
import { policyInputs, resourcePolicyInput } from './policy-inputs.ts';
import { callerContext, parseEntityArn, policySourceTarget } from './policy-sources.ts';
import { type IamServices, operation } from './service.ts';
import { findUser } from './user-targets.ts';

type SimulationInput = Pick<
  SimulateCustomPolicyCommandInput,
  | 'PermissionsBoundaryPolicyInputList'
  | 'ActionNames'
  | 'ResourceArns'
  | 'ResourcePolicy'
  | 'ResourceOwner'
  | 'CallerArn'
  | 'ContextEntries'
  | 'ResourceHandlingOption'
  | 'MaxItems'
  | 'Marker'
>;

const ACTION = /^[a-z0-9-]+:[a-z0-9]+$/i;
const OWNER = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;
/** Kinds of resources of EC2 that a simulation brings; they have no say about any service that is served here. */
const RESOURCE_HANDLING_OPTIONS = [
  'EC2-Classic-InstanceStore',
  'EC2-Classic-EBS',
  'EC2-VPC-InstanceStore',
  'EC2-VPC-InstanceStore-Subnet',
  'EC2-VPC-EBS',
  'EC2-VPC-EBS-Subnet',
];
/** Of the evaluator, for all results of a page: a second or so, in which others have their turns. */
const SIMULATION_STEPS = 100_000_000;
/** Digits of a scenario's place in markers, so that they are in order as texts. */
const PLACE_DIGITS = 9;

const simulateCustomPolicy = operation(SimulateCustomPolicy$, SimulateCustomPolicyCommand, {
  target: (_services, { principal: { accountId } }) => ({ resources: [{ arn: '*', accountId }] }),
  handle: async (services, call, input) => {
    const caller = await callerOf(services, call, input.CallerArn);
    if (input.ResourcePolicy !== undefined && caller === undefined) throw callerNeeded();
    const identity = policyInputs('PolicyInputList', input.PolicyInputList);
    return results('SimulateCustomPolicy', call, input, { identity, boundary: boundaryInput(input), user: caller });
  },
});

const simulatePrincipalPolicy = operation(SimulatePrincipalPolicy$, SimulatePrincipalPolicyCommand, {
  target: (services, call, input) => policySourceTarget(services, call, input.PolicySourceArn),
  handle: async (services, call, input, target) => {
    const source = await target.load();
    const user = input.CallerArn === undefined ? source.user : await callerOf(services, call, input.CallerArn);
    if (input.ResourcePolicy !== undefined && user === undefined) throw callerNeeded();
    const identity = [...source.identity, ...policyInputs('PolicyInputList', input.PolicyInputList)];
    const boundary = boundaryInput(input) ?? source.boundary;
    return results('SimulatePrincipalPolicy', call, input, { identity, boundary, user });
  },
});

export const policySimulationOperations: readonly Operation<IamServices>[] = [
  simulateCustomPolicy,
  simulatePrincipalPolicy,
];

interface Simulated {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly user: Principal | undefined;
}

/**
 * One result for each action on each resource; only those of the page are decided. Between two of them other requests
 * have their turn.
 */
async function results(listing: string, call: Call, input: SimulationInput, { user, ...policies }: Simulated) {
  const request = pageRequest(listing, input);
  refuseUnknownOption(input.ResourceHandlingOption);
  const { accountId } = call.principal;
  const simulation: Simulation = {
    ...policies,
    resourcePolicy: resourcePolicyInput(input.ResourcePolicy),
    // A resource policy names the caller by ARN here, not by the unique ID that stored ones have.
    caller: { kind: 'user', accountId: user?.accountId ?? accountId, arn: user?.arn ?? '', userId: user?.arn ?? '' },
    context: [...(user === undefined ? [] : callerContext(user)), ...contextEntries(input.ContextEntries)],
    effort: effortOf(SIMULATION_STEPS),
  };
  const scenarios = scenariosOf(input, simulation.caller.accountId);
  const first = placeAfter(request.after);
  const places = Array.from(
    { length: Math.min(request.size + 1, Math.max(0, scenarios.count - first)) },
    (_, index) => ({
      scenario: scenarios.at(first + index),
      place: String(first + index).padStart(PLACE_DIGITS, '0'),
    }),
  );
  const { items, continuation } = page(request, places, ({ place }) => place);
  const EvaluationResults: EvaluationResult[] = [];
  for (const { scenario } of items) {
    await setImmediate();
    const effort = bothOf(simulation.effort, effortOf());
    EvaluationResults.push(withinEffort(() => evaluationResult({ ...simulation, effort }, scenario)));
  }
  return { EvaluationResults, ...continuation };
}

/** @throws ValidationError for a marker that no page gave */
function placeAfter(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{9}$/.test(after)) throw validationError('Invalid Marker.');
  return Number(after) + 1;
}

function bothOf(...efforts: readonly Effort[]): Effort {
  return {
    spend(steps) {
      for (const effort of efforts) effort.spend(steps);
    },
  };
}

/** @throws InvalidInput */
function withinEffort<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EvaluationLimitError)) throw error;
    throw invalidInput(`${error.message}. Simulate fewer or shorter policies, actions or resources at once.`);
  }
}

interface Scenarios {
  readonly count: number;
  at(place: number): Scenario;
}

function scenariosOf(
  { ActionNames = [], ResourceArns, ResourceOwner }: SimulationInput,
  callerAccount: string,
): Scenarios {
  const malformed = ActionNames.find((action) => !ACTION.test(action));
  if (malformed !== undefined) throw invalidInput(`Invalid action name: ${malformed}`);
  const [, owner] = ResourceOwner === undefined ? [] : (OWNER.exec(ResourceOwner) ?? []);
  if (ResourceOwner !== undefined && owner === undefined)
    throw invalidInput(`Invalid resource owner: ${ResourceOwner}`);
  const resources = ResourceArns === undefined || ResourceArns.length === 0 ? ['*'] : ResourceArns;
  const owned = resources.map((resource) => ({ resource, resourceOwner: ownerOf(resource) ?? owner ?? callerAccount }));
  return {
    count: ActionNames.length * owned.length,
    at(place) {
      const action = ActionNames[Math.floor(place / owned.length)];
      const resource = owned[place % owned.length];
      if (action === undefined || resource === undefined) throw new RangeError(`No scenario ${place}`);
      return { action, ...resource };
    },
  };
}

/** The account that an ARN names. @throws InvalidInput for what is neither an ARN nor `*` */
function ownerOf(resource: string): string | undefined {
  if (resource === '*') return undefined;
  const [scheme, , , , account = '', path] = resource.split(':');
  if (scheme !== 'arn' || path === undefined) throw invalidInput(`Invalid resource ARN: ${resource}`);
  return /^\d{12}$/.test(account) ? account : undefined;
}

function evaluationResult(simulation: Simulation, scenario: Scenario): EvaluationResult {
  const { decision, matched, missingKeys, isWithinBoundary, sides } = simulate(simulation, scenario);
  const MatchedStatements = matched.map(({ policyId, policyType, ...position }) => ({
    SourcePolicyId: policyId,
    // What AWS answers; its model has other words.
    SourcePolicyType: policyType as string as PolicySourceType,
    ...position,
  }));
  const details = {
    MatchedStatements,
    MissingContextValues: [...missingKeys],
    PermissionsBoundaryDecisionDetail:
      isWithinBoundary === undefined ? undefined : { AllowedByPermissionsBoundary: isWithinBoundary },
  };
  const { action: EvalActionName, resource: EvalResourceName } = scenario;
  const result = { EvalActionName, EvalResourceName, EvalDecision: decision, ...details };
  if (EvalResourceName === '*') return result;
  const EvalDecisionDetails = sides ?? {};
  return {
    ...result,
    MissingContextValues: [],
    EvalDecisionDetails,
    ResourceSpecificResults: [
      {
        EvalResourceName,
        EvalResourceDecision: decision,
        ...details,
        ...(sides !== undefined && { EvalDecisionDetails }),
      },
    ],
  };
}

/** @throws InvalidInput for more than one */
function boundaryInput({
  PermissionsBoundaryPolicyInputList: list = [],
}: SimulationInput): SimulatedPolicy | undefined {
  if (list.length > 1) throw invalidInput('Only one permissions boundary can be simulated.');
  return policyInputs('PermissionsBoundaryPolicyInputList', list)[0];
}

function refuseUnknownOption(option: string | undefined): void {
  if (option === undefined || RESOURCE_HANDLING_OPTIONS.includes(option)) return;
  throw invalidInput(`Invalid resource handling option: ${option}`);
}

/**
 * The user who is simulated to call. One who does not exist in the account has an ARN and nothing else.
 *
 * @throws InvalidInput for the ARN of anything but a user
 */
async function callerOf(
  { database }: IamServices,
  call: Call,
  arn: string | undefined,
): Promise<Principal | undefined> {
  if (arn === undefined) return undefined;
  const { accountId, type, name } = parseEntityArn(arn);
  if (type !== 'user') throw invalidInput('CallerArn must be the ARN of an IAM user.');
  const user = accountId === call.principal.accountId ? await findUser(database, accountId, name) : undefined;
  const existing = user && (await loadUserPrincipal(database, user.user_id));
  return existing ?? { kind: 'user', accountId, arn, userId: arn, userName: name, tags: {}, identityPolicies: [] };
}

function callerNeeded(): Error {
  return invalidInput('CallerArn is required with a resource policy, unless the policy source is a user.');
}
