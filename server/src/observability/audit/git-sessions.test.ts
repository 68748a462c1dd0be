import { beforeEach, describe, expect, it } from 'vitest';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import { type GitSession, GitSessions } from './git-sessions.ts';

const ACCOUNT = '111122223333';
const [OLD, NEW] = ['1'.repeat(40), '2'.repeat(40)];
let recorder: ReturnType<typeof auditRecorder>;
let sessions: GitSessions;

beforeEach(() => {
  recorder = auditRecorder();
  sessions = new GitSessions(recorder.audit);
});

function session(client = 'ada'): GitSession {
  return {
    client,
    details: () => ({
      ...{ identity: { type: 'IAMUser', accountId: ACCOUNT, userName: client }, requestId: 'q', time: new Date(0) },
      ...{ sourceIp: '192.0.2.1', userAgent: 'git/2.39.5', region: 'us-east-1', protocol: 'HTTP' },
      ...{ repositoryName: 'demo', repositoryId: 'id', tls: undefined, isLfs: false },
      repositoryArn: `arn:aws:codecommit:us-east-1:${ACCOUNT}:demo`,
    }),
  };
}

/** Name, user and whether objects went out, of each record. */
function recorded() {
  recorder.flush();
  return recorder.events.map(({ eventName, identity, additionalEventData }) => [
    eventName,
    identity.userName,
    (additionalEventData as { dataTransferred: boolean }).dataTransferred,
  ]);
}

describe('a pull', () => {
  it('is one record, with objects or without', () => {
    sessions.begin(session(), 'GitPull');
    sessions.sendObjects(session(), true);
    sessions.begin(session('grace'), 'GitPull');
    expect(recorded()).toEqual([
      ['GitPull', 'ada', true],
      ['GitPull', 'grace', false],
    ]);
  });

  it('that negotiates in several rounds is one record too', () => {
    sessions.begin(session(), 'GitPull');
    sessions.sendObjects(session(), false);
    sessions.sendObjects(session(), false);
    expect(recorder.events).toEqual([]);
    sessions.sendObjects(session(), true);
    sessions.sendObjects(session('grace'), false);
    sessions.begin(session('grace'), 'GitPull');
    expect(recorded()).toEqual([
      ['GitPull', 'ada', true],
      ['GitPull', 'grace', true],
      ['GitPull', 'grace', false],
    ]);
  });

  it('that runs beside others of the same client is counted', () => {
    for (let pull = 0; pull < 3; pull++) sessions.begin(session(), 'GitPull');
    for (let pull = 0; pull < 3; pull++) sessions.sendObjects(session(), true);
    expect(recorded()).toHaveLength(3);
  });

  it('that only lists references is one with the others of its client in the same second', () => {
    for (let pull = 0; pull < 1_000; pull++) sessions.begin(session(), 'GitPull');
    expect(recorded()).toEqual([['GitPull', 'ada', false]]);
  });

  it('is recorded by itself after a second, and not kept in memory for ever', async () => {
    sessions.begin(session(), 'GitPull');
    await expect.poll(() => recorder.events.length).toBe(1);
    for (let client = 0; client < 10_050; client++) sessions.begin(session(`user${client}`), 'GitPull');
    expect(recorder.events).toHaveLength(51);
  });
});

describe('a push', () => {
  it('is two records, the second with its references', async () => {
    sessions.begin(session(), 'GitPush');
    await sessions.push(session(), [
      { name: 'refs/heads/main', oldObjectId: OLD, newObjectId: NEW, forced: true },
      { name: 'refs/heads/new', oldObjectId: null, newObjectId: NEW, forced: false },
      { name: 'refs/heads/gone', oldObjectId: OLD, newObjectId: null, forced: false, reason: 'denied' },
    ]);
    expect(recorder.events).toMatchObject([
      { eventName: 'GitPush', readOnly: true },
      { eventName: 'GitPush', readOnly: false },
    ]);
    expect(recorder.events[0]?.requestParameters).toBeUndefined();
    expect(recorder.events[1]?.error).toBeUndefined();
    const none = '0'.repeat(40);
    expect(recorder.events[1]).toMatchObject({
      requestParameters: {
        references: [
          { ref: 'refs/heads/main', commit: NEW, previousCommit: OLD, forced: true },
          { ref: 'refs/heads/new', commit: NEW, previousCommit: none, forced: false },
          { ref: 'refs/heads/gone', commit: none, previousCommit: OLD, forced: false, refused: 'denied' },
        ],
      },
      resources: [{ arn: `arn:aws:codecommit:us-east-1:${ACCOUNT}:demo`, accountId: ACCOUNT }],
      additionalEventData: { protocol: 'HTTP', dataTransferred: true, repositoryName: 'demo', repositoryId: 'id' },
    });
  });

  it('of which nothing was taken is an error', async () => {
    const refused = { oldObjectId: OLD, newObjectId: NEW, forced: false, reason: 'no' };
    await sessions.push(session(), [
      { name: 'refs/heads/a', ...refused },
      { name: 'refs/heads/b', ...refused, reason: 'neither' },
    ]);
    expect(recorder.events[0]?.error).toEqual({ code: 'ReferenceUpdatesRefused', message: 'no; neither' });
  });

  it('that is not let in is one record with the reason', () => {
    sessions.refuse(session(), 'GitPush', { code: 'AccessDenied', message: 'not authorized' });
    expect(recorder.events).toMatchObject([{ eventName: 'GitPush', error: { code: 'AccessDenied' } }]);
  });
});

describe('Git LFS', () => {
  const lfs = { ...session(), details: () => ({ ...session().details(), isLfs: true }) };

  it('says so in its records, and what it has changed', async () => {
    sessions.begin(lfs, 'GitPush');
    await sessions.changeLfs(lfs, { lfsObject: { oid: 'ab'.repeat(32), size: 3 } });
    await sessions.changeLfs(lfs, { lfsLock: { id: 'l1', path: 'a.bin' } });
    sessions.refuse(lfs, 'GitPush', { code: 'LockRefused', message: 'a.bin is already locked by grace' });
    const common = { protocol: 'HTTP', repositoryName: 'demo', repositoryId: 'id', gitLfs: true };
    expect(recorder.events).toMatchObject([
      { readOnly: true, additionalEventData: { ...common, dataTransferred: false } },
      {
        readOnly: false,
        requestParameters: { lfsObject: { oid: 'ab'.repeat(32), size: 3 } },
        additionalEventData: { ...common, dataTransferred: true },
      },
      {
        readOnly: false,
        requestParameters: { lfsLock: { id: 'l1', path: 'a.bin' } },
        additionalEventData: { ...common, dataTransferred: false },
      },
      { error: { code: 'LockRefused' }, additionalEventData: { ...common, dataTransferred: false } },
    ]);
    expect(recorder.events.map(({ eventName }) => eventName)).toEqual(Array(4).fill('GitPush'));
  });

  it('downloads of one client are one record a second', () => {
    sessions.begin(lfs, 'GitPull');
    for (let object = 0; object < 5; object++) sessions.sendObjects(lfs, false);
    expect(recorder.events).toEqual([]);
    expect(recorded()).toEqual([['GitPull', 'ada', true]]);
  });
});
