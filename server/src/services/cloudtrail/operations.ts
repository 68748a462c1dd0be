import type { Operation } from '../operation.ts';
import { lookupEvents } from './lookup-events.ts';
import type { CloudtrailServices } from './service.ts';

/** The operations of CloudTrail by name: the event history of each account, without trails. */
export const cloudtrailOperations: ReadonlyMap<string, Operation<CloudtrailServices>> = new Map([
  [lookupEvents.name, lookupEvents],
]);
