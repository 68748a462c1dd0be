import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivePackRequest } from '../../repositories/receive-pack.ts';
import type { GitService, Repositories, RepositoryHandle } from '../../repositories/repositories.ts';
import type { UploadPackRequest } from '../../repositories/upload-pack.ts';
import { sendWhole } from '../whole-response.ts';
import { RequestBodyError, readRequestBody, readShortBody } from './request-body.ts';
import { ClientGoneError, hasGone, sendResponseBody } from './response-body.ts';

/** What is not to be cached is marked as `git http-backend` marks it. */
export function headOf({ requestId }: Pick<SmartHttpRequest, 'requestId'>, contentType: string) {
  return {
    'x-amzn-RequestId': requestId,
    Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
    Pragma: 'no-cache',
    'Cache-Control': 'no-cache, max-age=0, must-revalidate',
    'Content-Type': contentType,
  };
}

/** One request to a repository that the caller may work on. */
export interface SmartHttpRequest {
  readonly repositories: Repositories;
  readonly handle: RepositoryHandle;
  readonly service: GitService;
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers `GET info/refs?service=…`. */
export async function serveDiscovery(exchange: SmartHttpRequest): Promise<void> {
  const { repositories, handle, service, request, response } = exchange;
  const body = await repositories.advertise(handle.repositoryId, service, gitProtocolOf(request));
  sendWhole(response, 200, headOf(exchange, `application/x-${service}-advertisement`), body);
}

/**
 * Answers `POST git-upload-pack` and `POST git-receive-pack`.
 *
 * @param hooks `denial`: why the caller may not update a reference; asked by pushes
 */
export async function serveExchange(
  exchange: SmartHttpRequest,
  hooks: Pick<ReceivePackRequest, 'denial' | 'onPushed'> & Pick<UploadPackRequest, 'onFetch'>,
): Promise<void> {
  const { repositories, handle, service, request, response } = exchange;
  if (request.headers['content-type'] !== `application/x-${service}-request`) {
    throw new RequestBodyError(415, `Expected Content-Type application/x-${service}-request`);
  }
  const head = headOf(exchange, `application/x-${service}-result`);
  const { onFetch, ...ofPush } = hooks;
  const answer =
    service === 'git-upload-pack'
      ? await repositories.uploadPack(handle, {
          body: await readShortBody(request),
          gitProtocol: gitProtocolOf(request),
          signal: () => signalOfLeaving(response),
          ...(onFetch && { onFetch }),
        })
      : repositories.receivePack(handle, {
          body: readRequestBody(request),
          signal: signalOfLeaving(response),
          ...ofPush,
        });
  if (Buffer.isBuffer(answer)) sendWhole(response, 200, head, answer);
  else await sendResponseBody(response, head, answer);
}

/** Aborted when the client leaves before it has the whole response. */
function signalOfLeaving(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const check = () => {
    if (!response.writableFinished) gone.abort(new ClientGoneError('The client closed the connection'));
  };
  if (hasGone(response)) check();
  else response.once('close', check);
  return gone.signal;
}

function gitProtocolOf(request: IncomingMessage): string | undefined {
  const header = request.headers['git-protocol'];
  return Array.isArray(header) ? header[0] : header;
}
