import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteRefusal } from '../../observability/request-notes.ts';
import { packet } from '../../repositories/pkt-line.ts';
import { failedPush, refusedPush } from '../../repositories/push-refusal.ts';
import type { GitService } from '../../repositories/repositories.ts';
import { GitProtocolError } from '../../repositories/repository-errors.ts';
import { sendWhole } from '../whole-response.ts';
import type { Refusal } from './git-errors.ts';
import { RequestBodyError, readRequestBody } from './request-body.ts';
import { headOf } from './smart-http.ts';

/** How long the commands of a push that is refused may take to come. */
const COMMANDS_MS = 10_000;

interface RefusedExchange {
  readonly service: GitService;
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Refuses a `POST` of Git within the protocol, as git shows its users no more of another status than the number. A
 * fetch ends with an `ERR` packet, a push with a report, or an error on side band 3 where its commands are read already.
 *
 * @returns false for what no git sends, which is answered as any other request then
 */
export async function refuseInProtocol(exchange: RefusedExchange, refusal: Refusal, error: unknown): Promise<boolean> {
  const { service, request, response } = exchange;
  // Credentials are asked for by a status, and nothing else.
  if (refusal.status === 401 || error instanceof RequestBodyError || error instanceof GitProtocolError) return false;
  if (request.headers['content-type'] !== `application/x-${service}-request`) return false;
  const body = await refusalBody(exchange, refusal.message.trim());
  if (body === undefined || response.headersSent || response.destroyed) return false;
  noteRefusal(response, refusal.status);
  const head = headOf(exchange, `application/x-${service}-result`);
  sendWhole(response, 200, { ...refusal.headers, ...head }, body);
  return true;
}

async function refusalBody({ service, request }: RefusedExchange, reason: string): Promise<Buffer | undefined> {
  if (service === 'git-upload-pack') return packet(`ERR ${reason}`);
  if (request.readableDidRead) return failedPush(reason);
  const tooLong = setTimeout(() => request.destroy(), COMMANDS_MS);
  try {
    return await refusedPush(readRequestBody(request), reason);
  } catch {
    // Not a push, not whole, or its client has gone: the refusal itself is what counts.
    return undefined;
  } finally {
    clearTimeout(tooLong);
  }
}
