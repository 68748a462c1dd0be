import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type { Logger };

/** Logs JSON lines to stderr: stdout belongs to what the command prints. No secret is ever given to it. */
export function createLogger(level: string, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, stream);
}
