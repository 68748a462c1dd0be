import type { Handler, StaticOperationSchema } from '@smithy/types';
import type { SessionClaims } from '../access/authentication/session-tokens.ts';
import { type AuthorizedResource, authorize, type ConditionEntries } from '../access/authorization.ts';
import type { Principal, RequestEnvironment } from '../access/principal.ts';

/** One request of an authenticated caller. */
export interface Call {
  readonly requestId: string;
  readonly principal: Principal;
  readonly environment: RequestEnvironment;
  /** What the request was signed with, where it was signed. */
  readonly credential?: CallCredential;
  /** Told what the call acts on, before it is authorised: for the audit trail. */
  readonly onTarget?: (resources: readonly AuthorizedResource[]) => void;
}

export interface CallCredential {
  readonly accessKeyId: string;
  /** Of temporary credentials. */
  readonly session?: SessionClaims;
}

/** Input after validation: the members that the model requires are there. */
type Validated<Input> = {
  [Member in keyof Input]: Record<never, never> extends Pick<Input, Member>
    ? Input[Member]
    : Exclude<Input[Member], undefined>;
};

/** What an operation acts on: the resources that the caller needs the action on, and what was loaded to know them. */
export interface Target {
  readonly resources: readonly AuthorizedResource[];
  /** Condition keys of this request beside the global ones: aws:RequestTag/K, aws:TagKeys, codecommit:References. */
  readonly context?: ConditionEntries;
}

interface OperationDefinition<Services, Input, Output, T extends Target> {
  /** The IAM action where it is not the operation's name; null where AWS asks for no permission. */
  readonly action?: string | null;
  /** Finds what the caller must be allowed to act on. Says nothing of what exists: that comes after authorisation. */
  readonly target: (services: Services, call: Call, input: Validated<Input>) => T | Promise<T>;
  readonly handle: (
    services: Services,
    call: Call,
    input: Validated<Input>,
    target: T,
  ) => Omit<Output, '$metadata'> | Promise<Omit<Output, '$metadata'>>;
}

/** An entry of a service's operation table, to be run by any door. */
export interface Operation<Services> {
  readonly name: string;
  readonly schema: StaticOperationSchema;
  /** As CloudTrail sees it: it changes nothing that is stored. */
  readonly readOnly: boolean;
  /** Validates, authorises, then acts. */
  run(services: Services, call: Call, input: object): Promise<object>;
}

/** The SDK's command class of an operation: where its input and output types and its schema come from. */
type CommandClass<Input, Output> = abstract new (
  // biome-ignore lint/suspicious/noExplicitAny: the constructors of commands without required members differ in form
  ...input: any
) => {
  readonly input: Input;
  readonly schema?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: only the handler's types matter here
  resolveMiddleware(...parameters: any): Handler<any, Output & object>;
};

/**
 * Names of operations that change nothing, of all services: those that read, those that hand out credentials without
 * keeping anything, those that use a key.
 */
const READ_ONLY =
  /^(Get|List|Describe|BatchGet|BatchDescribe|Lookup|Simulate|Evaluate|Generate|Assume|Decode|Encrypt|Decrypt|ReEncrypt|Sign$|Verify|DeriveSharedSecret)/;

/** Throws the service's own exception for the first member of `input` that breaks a limit of the model. */
export type Validate = (schema: StaticOperationSchema, input: object) => void;

/**
 * Makes the function that declares a service's operations, so that a new operation is one typed entry:
 * `operation(CreateUser$, CreateUserCommand, { target, handle })`.
 *
 * @param actionPrefix the prefix of the service's IAM actions, such as `iam`
 */
export function operationsOf<Services>(actionPrefix: string, validate: Validate) {
  return function operation<Input extends object, Output extends object, T extends Target>(
    schema: StaticOperationSchema,
    _command: CommandClass<Input, Output>,
    definition: OperationDefinition<Services, Input, Output, T>,
  ): Operation<Services> {
    const [, , name] = schema;
    const action = definition.action === undefined ? `${actionPrefix}:${name}` : definition.action;
    return {
      name,
      schema,
      readOnly: READ_ONLY.test(name),
      async run(services, call, input) {
        validate(schema, input);
        const validated = input as Validated<Input>;
        const target = await definition.target(services, call, validated);
        call.onTarget?.(target.resources);
        if (action !== null) {
          for (const resource of target.resources) {
            authorize(call.principal, call.environment, action, resource, target.context);
          }
        }
        return definition.handle(services, call, validated, target);
      },
    };
  };
}

/** A request that nobody has signed: what it brings along must prove who asks. */
export interface UnsignedCall {
  readonly requestId: string;
  readonly environment: RequestEnvironment;
}

/** An entry of a service's table of operations that take no signature. */
export interface UnsignedOperation<Services> {
  readonly name: string;
  readonly schema: StaticOperationSchema;
  /** Validates, then acts; whatever authorisation there is lies in the operation. */
  run(services: Services, call: UnsignedCall, input: object): Promise<object>;
}

/** Makes the function that declares a service's operations without signature. */
export function unsignedOperationsOf<Services>(validate: Validate) {
  return function unsignedOperation<Input extends object, Output extends object>(
    schema: StaticOperationSchema,
    _command: CommandClass<Input, Output>,
    handle: (services: Services, call: UnsignedCall, input: Validated<Input>) => Promise<Omit<Output, '$metadata'>>,
  ): UnsignedOperation<Services> {
    const [, , name] = schema;
    return {
      name,
      schema,
      async run(services, call, input) {
        validate(schema, input);
        return handle(services, call, input as Validated<Input>);
      },
    };
  };
}

/** A service as the AWS endpoint serves it. */
export interface Service<Services> {
  /** The name in credential scopes: `codecommit`. */
  readonly signingName: string;
  readonly protocol: /** Some clients put the model's namespace before the prefix. */
    | { readonly kind: 'awsJson1.1'; readonly targetPrefix: string; readonly targetNamespace?: string }
    | { readonly kind: 'awsQuery'; readonly version: string; readonly xmlNamespace: string };
  readonly operations: ReadonlyMap<string, Operation<Services>>;
  readonly unsignedOperations?: ReadonlyMap<string, UnsignedOperation<Services>>;
  readonly services: Services;
}
