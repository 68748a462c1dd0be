import type { IncomingMessage, ServerResponse } from 'node:http';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A gateway on Node's HTTP server itself, without a framework between. */
export interface Door {
  /** True for requests that this gateway answers, and nobody else. */
  readonly handles: (request: IncomingMessage) => boolean;
  readonly serve: RequestHandler;
}

/** @param doors looked at with each request, so that they may be opened later */
export function throughDoors(doors: readonly Door[], others: RequestHandler): RequestHandler {
  return (request, response) => {
    const door = doors.find(({ handles }) => handles(request));
    if (door === undefined) others(request, response);
    else door.serve(request, response);
  };
}
