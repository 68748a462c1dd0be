import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nameRequest } from '../observability/request-notes.ts';
import { AmbiguousTargetError, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { sendWhole } from './whole-response.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;
/** Of a request whose target has been parsed. */
export type TargetHandler = (request: IncomingMessage, response: ServerResponse, target: RequestTarget) => void;

/** A gateway on Node's HTTP server itself, without a framework between. */
export interface Door {
  /** True for requests that this gateway answers, and nobody else. */
  readonly handles: (request: IncomingMessage, target: RequestTarget) => boolean;
  readonly serve: TargetHandler;
}

/**
 * Parses the target of each request once, for whichever door it goes through; refuses those that have no one meaning.
 *
 * @param doors looked at with each request, so that they may be opened later
 */
export function throughDoors(doors: readonly Door[], others: TargetHandler): RequestHandler {
  return (request, response) => {
    let target: RequestTarget;
    try {
      target = parseRequestTarget(request.method ?? '', request.url ?? '');
    } catch (error) {
      if (error instanceof AmbiguousTargetError) return refuse(request, response, error);
      throw error;
    }
    const door = doors.find(({ handles }) => handles(request, target));
    if (door === undefined) others(request, response, target);
    else door.serve(request, response, target);
  };
}

/** Git shows a text of this type to its user. */
function refuse(request: IncomingMessage, response: ServerResponse, { message }: AmbiguousTargetError): void {
  const requestId = randomUUID();
  nameRequest(response, requestId);
  const head: Record<string, string> = {
    'x-amzn-RequestId': requestId,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-cache',
  };
  // Of a body, nothing is waited for.
  if (request.httpVersionMajor === 1) head.Connection = 'close';
  sendWhole(response, 400, head, Buffer.from(`${message}\n`));
}
