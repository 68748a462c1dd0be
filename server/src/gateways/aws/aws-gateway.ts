import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { nameRequest } from '../../observability/request-ids.ts';
import { sendWhole } from '../whole-response.ts';
import type { Answer } from './answer.ts';
import type { Authenticate } from './caller.ts';
import { AwsExchange, type ExchangeOptions } from './exchange.ts';
import { readBody } from './request-body.ts';

interface AwsGatewayOptions extends Omit<ExchangeOptions, 'authenticate'> {
  readonly authenticateBySignature: Authenticate;
  /** The same endpoint once more, for pages whose requests carry a session in the place of a signature. */
  readonly console: { readonly path: string; readonly authenticateBySession: Authenticate };
  /** Where a browser that opens the endpoint is sent: a path. */
  readonly pageForBrowsers: string;
}

/**
 * The AWS endpoint at `POST /`, and `GET /` for presigned requests of the query protocol: awsJson1.1 and awsQuery
 * services on one address, told apart by `X-Amz-Target` or `Version` and `Action`. Bodies hold at most 12 MB.
 */
export function awsGateway(options: AwsGatewayOptions): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => readBody(payload));
    const { authenticateBySignature, console, ...shared } = options;
    const exchanges = { ...shared, authenticate: authenticateBySignature };
    const consoleExchanges = { ...shared, authenticate: console.authenticateBySession };
    const exchangesOf = ({ url }: FastifyRequest) => (url.startsWith(console.path) ? consoleExchanges : exchanges);
    const serve = async (request: FastifyRequest, reply: FastifyReply) => {
      const requestId = randomUUID();
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      return send(reply, requestId, await new AwsExchange(exchangesOf(request), request, requestId).answer(body));
    };
    app.post('/', serve);
    app.post(console.path, serve);
    app.get('/', { exposeHeadRoute: false }, (request, reply) =>
      // A person who opens the endpoint in a browser; AWS's own endpoints send them to a page as well.
      request.url === '/' ? reply.redirect(options.pageForBrowsers) : serve(request, reply),
    );
    app.setErrorHandler((error, request, reply) => {
      const requestId = randomUUID();
      // Of a body that has not ended, the rest is not waited for.
      if (!request.raw.complete && request.raw.httpVersionMajor === 1) reply.raw.setHeader('Connection', 'close');
      return send(reply, requestId, new AwsExchange(exchangesOf(request), request, requestId).refusal(error));
    });
  };
}

function send(reply: FastifyReply, requestId: string, { status, contentType, headers, body }: Answer): FastifyReply {
  // Answers hold secrets: new access keys and passwords.
  const own = { 'x-amzn-requestid': requestId, 'cache-control': 'no-store', 'content-type': contentType };
  nameRequest(reply.raw, requestId);
  sendWhole(reply.hijack().raw, status, { ...headers, ...own }, body);
  return reply;
}
