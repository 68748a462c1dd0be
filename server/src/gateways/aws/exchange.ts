import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { SchemaRef } from '@smithy/types';
import type { Logger } from 'pino';
import { canonicalHeaders, type ReceivedRequest } from '../../access/authentication/canonical-request.ts';
import { MalformedQueryStringError, parseQueryString } from '../../access/authentication/query-string.ts';
import { readClaims, type SignatureClaims } from '../../access/authentication/signature-claims.ts';
import { SignatureError } from '../../access/authentication/signature-error.ts';
import type { AuthorizedResource } from '../../access/authorization.ts';
import type { RequestEnvironment } from '../../access/principal.ts';
import type { RequestThrottle } from '../../access/request-throttle.ts';
import type { AuditTrail } from '../../observability/audit/audit-trail.ts';
import type { FailedSignIns } from '../../observability/audit/failed-sign-ins.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import type { Call } from '../../services/operation.ts';
import type { StorageFailure } from '../../storage/storage-failure.ts';
import type { ReadOrigin, RequestOrigin } from '../../trusted-proxies.ts';
import { bodyOfTurn } from '../body-at-hand.ts';
import type { RequestTarget } from '../request-target.ts';
import type { Answer } from './answer.ts';
import { type AuditedCall, apiCallEvent, eventRegion } from './api-call-event.ts';
import type { Authenticate } from './caller.ts';
import { expectedFailure, type Failure, internalFailure } from './failure.ts';
import { decodeJsonInput } from './json-input.ts';
import { jsonFailure, jsonSuccess } from './json-protocol.ts';
import { decodeQueryInput } from './query-input.ts';
import { queryFailure, querySuccess } from './query-protocol.ts';
import { readBody } from './request-body.ts';
import { type AnyService, type Route, routeOfAction, routeOfTarget } from './routing.ts';
import { refusedUnsignedCall, roleArnOf, type UnsignedAuditedCall, unsignedCallEvent } from './unsigned-call-event.ts';

export interface ExchangeOptions {
  readonly services: readonly AnyService[];
  readonly throttle: RequestThrottle;
  readonly audit: Pick<AuditTrail, 'record' | 'written' | 'admitChange' | 'room'>;
  readonly failedSignIns: Pick<FailedSignIns, 'record'>;
  readonly authenticate: Authenticate;
  readonly originOf: ReadOrigin;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}

/** Where a request goes, as failures tell it. */
interface AddressedRoute {
  readonly service: AnyService;
  readonly operation: { readonly name: string };
}

/** Of requests without signature, which name none: that of the global endpoint of STS. */
const UNSIGNED_REGION = 'us-east-1';
const NO_BODY = Buffer.alloc(0);
/** In seconds; SDKs wait as long and try again by themselves. */
const RETRY = { 'retry-after': '5' };

/** One request on its way through routing, authentication, decoding, the operation and encoding. */
export class AwsExchange {
  readonly #options: ExchangeOptions;
  readonly #request: IncomingMessage;
  readonly #target: RequestTarget;
  readonly #requestId: string;
  readonly #isJson: boolean;
  #route: AddressedRoute | undefined;
  #readOrigin: RequestOrigin | undefined;

  constructor(options: ExchangeOptions, request: IncomingMessage, target: RequestTarget, requestId: string) {
    this.#options = options;
    this.#request = request;
    this.#target = target;
    this.#requestId = requestId;
    this.#isJson =
      request.headers['x-amz-target'] !== undefined ||
      (request.headers['content-type']?.startsWith('application/x-amz-json') ?? false);
  }

  /** Never throws: every error has its answer. */
  async answer(): Promise<Answer> {
    try {
      const received = receivedRequest(this.#request, this.#target, await bodyOf(this.#request));
      return this.#isJson ? await this.#answerJson(received) : await this.#answerQuery(received);
    } catch (error) {
      return this.#failure(error);
    }
  }

  /** @throws ForwardedAddressError */
  get #origin(): RequestOrigin {
    this.#readOrigin ??= this.#options.originOf(this.#request);
    return this.#readOrigin;
  }

  #failure(error: unknown): Answer {
    const failure = expectedFailure(error, this.#isJson ? 'json' : 'query') ?? this.#internalFailure(error);
    if (failure.warning !== undefined) this.#warn(failure.warning);
    return failure.status === 503 ? { ...this.#inProtocol(failure), headers: RETRY } : this.#inProtocol(failure);
  }

  #inProtocol(failure: Failure): Answer {
    if (this.#isJson) return jsonFailure(failure);
    const protocol = this.#route?.service.protocol;
    return queryFailure(failure, protocol?.kind === 'awsQuery' ? protocol.xmlNamespace : undefined, this.#requestId);
  }

  async #answerJson(received: ReceivedRequest): Promise<Answer> {
    const route = routeOfTarget(this.#options.services, received.headers.get('x-amz-target') ?? '');
    this.#route = route;
    const output = await this.#serve(received, route, (schema) => decodeJsonInput(schema, received.body));
    return jsonSuccess(route.operation.schema, output);
  }

  async #answerQuery(received: ReceivedRequest): Promise<Answer> {
    const parameters = parametersOf(received);
    const route = routeOfAction(this.#options.services, parameters);
    if ('unsigned' in route) {
      const { service, unsigned, xmlNamespace } = route;
      this.#route = { service, operation: unsigned };
      this.#options.throttle.admitStranger(this.#origin.address);
      const input = decodeQueryInput(unsigned.schema[4], parameters);
      const output = await this.#serveUnsigned({
        ...{ service, operation: unsigned, requestId: this.#requestId, request: this.#request, input },
        environment: this.#environment(UNSIGNED_REGION, new Date()),
      });
      return querySuccess(unsigned.schema, output, xmlNamespace, this.#requestId);
    }
    this.#route = route;
    const output = await this.#serve(received, route, (schema) => decodeQueryInput(schema, parameters));
    return querySuccess(route.operation.schema, output, route.xmlNamespace, this.#requestId);
  }

  /** @throws SignatureError, ThrottledError */
  async #admit(received: ReceivedRequest, route: Route): Promise<Call> {
    const { throttle } = this.#options;
    try {
      const call = await this.#authenticate(received, route);
      throttle.admit(call.principal);
      return call;
    } catch (error) {
      if (error instanceof SignatureError) {
        throttle.admitStranger(this.#origin.address);
        await this.#recordFailure(received, route, error);
      }
      throw error;
    }
  }

  /** Of who signed in a way that does not hold; who signed nothing claims to be nobody. */
  async #recordFailure(received: ReceivedRequest, { service, operation }: Route, error: SignatureError): Promise<void> {
    if (error.problem === 'missing' || error.problem === 'incomplete') return;
    const claims = claimsOf(received);
    const time = new Date();
    const { sourceIp, userAgent } = this.#environment(UNSIGNED_REGION, time);
    await this.#options.failedSignIns.record(claims && { accessKeyId: claims.accessKeyId }, {
      eventSource: `${service.signingName}.amazonaws.com`,
      eventName: operation.name,
      readOnly: operation.readOnly,
      region: eventRegion(service, claims?.scope.region ?? UNSIGNED_REGION),
      requestId: this.#requestId,
      time,
      sourceIp,
      userAgent,
      tls: tlsDetailsOf(this.#request),
      error: expectedFailure(error, this.#isJson ? 'json' : 'query'),
    });
  }

  async #authenticate(received: ReceivedRequest, { service }: Route): Promise<Call> {
    const time = new Date();
    const { region, ...caller } = await this.#options.authenticate(this.#request, received, service.signingName, time);
    return { requestId: this.#requestId, ...caller, environment: this.#environment(region, time) };
  }

  #environment(region: string, time: Date): RequestEnvironment {
    return {
      sourceIp: this.#origin.address,
      userAgent: this.#request.headers['user-agent'],
      secureTransport: this.#origin.protocol === 'https',
      region,
      time,
    };
  }

  /** Runs the operation, and records what became of it. A change is in the audit trail before it is answered. */
  async #serve(received: ReceivedRequest, route: Route, decode: (schema: SchemaRef) => object): Promise<object> {
    const call = await this.#admit(received, route);
    const { service, operation } = route;
    const { audit } = this.#options;
    await audit.room();
    const audited: AuditedCall = { route, call, request: this.#request, resources: [] };
    try {
      if (!operation.readOnly) audit.admitChange();
      audited.input = decode(operation.schema[4]);
      const onTarget = (resources: readonly AuthorizedResource[]) => {
        audited.resources = resources;
      };
      const output = await operation.run(service.services, { ...call, onTarget }, audited.input);
      audit.record(apiCallEvent(audited, { output }));
      return output;
    } catch (error) {
      const failure = expectedFailure(error, this.#isJson ? 'json' : 'query') ?? internalFailure;
      audit.record(apiCallEvent(audited, { failure }));
      throw error;
    } finally {
      if (!operation.readOnly) await audit.written();
    }
  }

  /** Runs an operation that takes no signature, and records what became of it. */
  async #serveUnsigned(call: UnsignedAuditedCall): Promise<object> {
    const { audit, failedSignIns } = this.#options;
    await audit.room();
    try {
      const output = await call.operation.run(call.service.services, call, call.input);
      audit.record(unsignedCallEvent(call, output));
      return output;
    } catch (error) {
      const failure = expectedFailure(error, 'query') ?? internalFailure;
      await failedSignIns.record({ roleArn: roleArnOf(call) }, refusedUnsignedCall(call, failure));
      throw error;
    }
  }

  #internalFailure(error: unknown): Failure {
    const { requestId, operation } = this.#logged;
    this.#options.logger.error({ err: error, requestId, operation }, 'A request failed');
    return internalFailure;
  }

  #warn(failure: StorageFailure): void {
    this.#options.logger.warn({ err: failure, ...this.#logged }, 'A request was refused for the sake of the storage');
  }

  get #logged() {
    const operation = this.#route && `${this.#route.service.signingName}:${this.#route.operation.name}`;
    return { requestId: this.#requestId, operation };
  }
}

/** @throws RequestError */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  if (request.method === 'GET') return NO_BODY;
  return (await bodyOfTurn(request)) ?? readBody(request);
}

function receivedRequest(request: IncomingMessage, { path, query }: RequestTarget, body: Buffer): ReceivedRequest {
  return {
    method: request.method ?? '',
    path,
    query: parseQueryString(query),
    headers: canonicalHeaders(request.rawHeaders),
    body,
  };
}

/** What the request says of its signature; undefined for a session of the console, which has none. */
function claimsOf(received: ReceivedRequest): SignatureClaims | undefined {
  try {
    return readClaims(received);
  } catch {
    return undefined;
  }
}

/** Of the query and the form in the body; a name given twice has no one meaning. */
function parametersOf({ query, body }: ReceivedRequest): ReadonlyMap<string, string> {
  const all = [...query, ...parseQueryString(textOf(body))];
  const parameters = new Map(all);
  if (parameters.size < all.length) throw new MalformedQueryStringError('The request has a parameter more than once.');
  return parameters;
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new MalformedQueryStringError('The request body is not UTF-8.');
  }
}
