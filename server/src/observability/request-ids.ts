import type { ServerResponse } from 'node:http';

/** By response: a head that is written in one go cannot be asked for its headers afterwards. */
const requestIds = new WeakMap<ServerResponse, string>();

/** Tells the log under which ID a request is answered. */
export function nameRequest(response: ServerResponse, requestId: string): void {
  requestIds.set(response, requestId);
}

export function requestIdOf(response: ServerResponse): string | undefined {
  return requestIds.get(response);
}
