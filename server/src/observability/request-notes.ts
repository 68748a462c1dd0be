import type { ServerResponse } from 'node:http';

// What the log tells of a request beside its head. A head that is written in one go cannot be asked for afterwards.

const requestId = Symbol('requestId');
const refusal = Symbol('refusal');

interface NotedResponse {
  [requestId]?: string;
  [refusal]?: number;
}

/** Tells the log under which ID a request is answered. */
export function nameRequest(response: ServerResponse & NotedResponse, id: string): void {
  response[requestId] = id;
}

export function requestIdOf(response: ServerResponse & NotedResponse): string | undefined {
  return response[requestId];
}

/** Tells the log the status of a refusal that goes out within a protocol, under the status 200. */
export function noteRefusal(response: ServerResponse & NotedResponse, status: number): void {
  response[refusal] = status;
}

export function refusedStatusOf(response: ServerResponse & NotedResponse): number | undefined {
  return response[refusal];
}
