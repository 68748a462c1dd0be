import {
  type AuditedEvent,
  type CloudTrailRecord,
  cloudTrailRecord,
} from '../../src/observability/audit/cloudtrail-record.ts';
import type { Claim, FailedSignIn } from '../../src/observability/audit/failed-sign-ins.ts';
import { GitSessions } from '../../src/observability/audit/git-sessions.ts';

/** An audit trail that keeps its events in memory, for gateways without a data folder. */
export function auditRecorder() {
  const events: AuditedEvent[] = [];
  const listeners: (() => void)[] = [];
  const audit = {
    record(event: AuditedEvent): CloudTrailRecord {
      events.push(event);
      return cloudTrailRecord(event);
    },
    written: async () => {},
    admitChange() {},
    room: () => undefined,
    onFlush: (listener: () => void) => void listeners.push(listener),
  };
  return {
    events,
    audit,
    gitSessions: new GitSessions(audit),
    failedSignIns: {
      async record(_claim: Claim | undefined, event: FailedSignIn) {
        audit.record({ ...event, identity: { type: 'Unknown' } });
      },
    },
    /** Ends what has not been recorded yet. */
    flush: () => {
      for (const listener of listeners) listener();
    },
  };
}
