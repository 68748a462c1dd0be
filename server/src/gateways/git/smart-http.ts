import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivePackRequest } from '../../repositories/receive-pack.ts';
import type { GitService, Repositories, RepositoryHandle } from '../../repositories/repositories.ts';
import type { UploadPackRequest } from '../../repositories/upload-pack.ts';
import { RequestBodyError, readRequestBody } from './request-body.ts';
import { ClientGoneError, sendResponseBody } from './response-body.ts';

/** As `git http-backend` sends them. */
const NOT_CACHED = {
  Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache, max-age=0, must-revalidate',
};

/** One request to a repository that the caller may work on. */
export interface SmartHttpRequest {
  readonly repositories: Repositories;
  readonly handle: RepositoryHandle;
  readonly service: GitService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers `GET info/refs?service=…`. */
export async function serveDiscovery({ repositories, handle, service, request, response }: SmartHttpRequest) {
  const body = await repositories.advertise(handle.repositoryId, service, gitProtocolOf(request));
  response.writeHead(200, {
    ...NOT_CACHED,
    'Content-Type': `application/x-${service}-advertisement`,
    'Content-Length': String(body.length),
  });
  response.end(body);
}

/**
 * Answers `POST git-upload-pack` and `POST git-receive-pack`.
 *
 * @param hooks `denial`: why the caller may not update a reference; asked by pushes
 */
export async function serveExchange(
  { repositories, handle, service, request, response }: SmartHttpRequest,
  hooks: Pick<ReceivePackRequest, 'denial' | 'onPushed'> & Pick<UploadPackRequest, 'onFetch'>,
): Promise<void> {
  if (request.headers['content-type'] !== `application/x-${service}-request`) {
    throw new RequestBodyError(415, `Expected Content-Type application/x-${service}-request`);
  }
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new ClientGoneError('The client closed the connection'));
  });
  const { onFetch, ...ofPush } = hooks;
  const common = { body: readRequestBody(request), signal: gone.signal };
  const chunks =
    service === 'git-upload-pack'
      ? repositories.uploadPack(handle, { ...common, gitProtocol: gitProtocolOf(request), ...(onFetch && { onFetch }) })
      : repositories.receivePack(handle, { ...common, ...ofPush });
  await sendResponseBody(response, { ...NOT_CACHED, 'Content-Type': `application/x-${service}-result` }, chunks);
}

function gitProtocolOf(request: IncomingMessage): string | undefined {
  const header = request.headers['git-protocol'];
  return Array.isArray(header) ? header[0] : header;
}
