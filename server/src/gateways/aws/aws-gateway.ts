import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nameRequest } from '../../observability/request-notes.ts';
import { hasWholeBody } from '../body-at-hand.ts';
import type { Door } from '../door.ts';
import type { RequestTarget } from '../request-target.ts';
import { sendWhole } from '../whole-response.ts';
import type { Authenticate } from './caller.ts';
import { AwsExchange, type ExchangeOptions } from './exchange.ts';

interface AwsGatewayOptions extends Omit<ExchangeOptions, 'authenticate'> {
  readonly authenticateBySignature: Authenticate;
  /** The same endpoint once more, for pages whose requests carry a session in the place of a signature. */
  readonly console: { readonly path: string; readonly authenticateBySession: Authenticate };
  /** Where a browser that opens the endpoint is sent: a path. */
  readonly pageForBrowsers: string;
}

/**
 * The AWS endpoint at `POST /`, and `GET /` for presigned requests of the query protocol: awsJson1.1 and awsQuery
 * services on one address, told apart by `X-Amz-Target` or `Version` and `Action`. Bodies hold at most 12 MB. No
 * framework is between it and the connection.
 */
export function awsGateway(options: AwsGatewayOptions): Door {
  const { authenticateBySignature, console, pageForBrowsers, ...shared } = options;
  const signed = { ...shared, authenticate: authenticateBySignature };
  const ofSessions = { ...shared, authenticate: console.authenticateBySession };
  return {
    handles: ({ method }, { path }) =>
      method === 'POST' ? path === '/' || path === console.path : method === 'GET' && path === '/',
    serve: (request, response, target) => {
      // A person who opens the endpoint in a browser; AWS's own endpoints send them to a page as well.
      if (request.method === 'GET' && target.query === '') return redirect(response, pageForBrowsers);
      void answer(target.path === console.path ? ofSessions : signed, request, target, response);
    },
  };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, 'Content-Length': '0' }).end();
}

async function answer(
  options: ExchangeOptions,
  request: IncomingMessage,
  target: RequestTarget,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  nameRequest(response, requestId);
  const { status, contentType, headers, body } = await new AwsExchange(options, request, target, requestId).answer();
  const head: Record<string, string> = {
    ...headers,
    'x-amzn-requestid': requestId,
    // Answers hold secrets: new access keys and passwords.
    'cache-control': 'no-store',
    'content-type': contentType,
  };
  // Of a body that has not ended, the rest is not waited for.
  if (!hasWholeBody(request) && request.httpVersionMajor === 1) head.connection = 'close';
  sendWhole(response, status, head, body);
}
