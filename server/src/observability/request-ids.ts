import type { ServerResponse } from 'node:http';

/** A head that is written in one go cannot be asked for its headers afterwards. */
const requestId = Symbol('requestId');

interface NamedResponse {
  [requestId]?: string;
}

/** Tells the log under which ID a request is answered. */
export function nameRequest(response: ServerResponse & NamedResponse, id: string): void {
  response[requestId] = id;
}

export function requestIdOf(response: ServerResponse & NamedResponse): string | undefined {
  return response[requestId];
}
