import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { type AuditLimits, AuditTrail, AuditUnavailableError, auditKey } from './audit-trail.ts';
import { verifyAuditFiles } from './audit-verification.ts';
import type { AuditedEvent } from './cloudtrail-record.ts';

const ACCOUNT = '111122223333';
const ARN = `arn:aws:codecommit:us-east-1:${ACCOUNT}:demo`;
const rootKey = RootKey.fromBase64(Buffer.alloc(32, 5).toString('base64'));
const DAY = 24 * 3_600_000;

describe.each(databaseEngines)('the audit trail on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Awaited<ReturnType<typeof engine.open>>;
    let temporary: TemporaryFolder;
    let folder: string;
    let now: number;
    let warnings: string[];
    let trails: AuditTrail[];

    beforeEach(async () => {
      database = await engine.open();
      temporary = await temporaryFolder('audit');
      folder = join(temporary.path, 'audit');
      now = Date.UTC(2026, 10, 26, 12);
      warnings = [];
      trails = [];
    });
    afterEach(async () => {
      for (const trail of trails) await trail.close();
      await database.close();
      await temporary.remove();
    });

    async function open(limits: Partial<AuditLimits> = {}): Promise<AuditTrail> {
      const trail = await AuditTrail.open({
        folder,
        database: database.database,
        rootKey,
        nodeName: 'node',
        now: () => now,
        onWarning: (message) => warnings.push(message),
        limits,
      });
      trails.push(trail);
      return trail;
    }

    function event(eventName: string, changes: Partial<AuditedEvent> = {}): AuditedEvent {
      return {
        eventSource: 'codecommit.amazonaws.com',
        eventName,
        readOnly: false,
        region: 'us-east-1',
        identity: { type: 'IAMUser', accountId: ACCOUNT, userName: 'ada', principalId: 'AIDAADA' },
        requestId: randomUUID(),
        time: new Date(now),
        sourceIp: '192.0.2.1',
        userAgent: 'vitest',
        resources: [{ arn: ARN, accountId: ACCOUNT }],
        ...changes,
      };
    }

    async function fill(trail: AuditTrail, count: number, from = 0): Promise<void> {
      for (let number = from; number < from + count; number++) trail.record(event(`Event${number}`));
      await trail.flush();
    }

    const indexed = () =>
      database.database.selectFrom('audit_events').select('event_name').orderBy('event_name').execute();
    const names = async () => (await indexed()).map((row) => row.event_name);
    const files = async () => (await readdir(folder)).sort();
    const heads = async () => {
      const rows = await database.database.selectFrom('audit_chains').selectAll().execute();
      return new Map(rows.map(({ chain_id: chain, sequence, hash }) => [chain, { chain, sequence, hash }]));
    };
    const verify = async () => verifyAuditFiles(folder, auditKey(rootKey), await heads());
    const onlyFile = async () => join(folder, (await files())[0] ?? '');

    it('chains its lines by hash, tells the index, and goes on after a restart', async () => {
      await fill(await open(), 3);
      await trails[0]?.close();
      await fill(await open(), 2, 3);
      expect(await names()).toEqual(['Event0', 'Event1', 'Event2', 'Event3', 'Event4']);
      expect(await files()).toEqual(['000000000001-2026-11-26.jsonl']);
      const lines = (await readFile(await onlyFile(), 'utf8')).trimEnd().split('\n');
      const parsed = lines.map((line) => JSON.parse(line));
      expect(parsed.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(parsed[0].previous).toBe('0'.repeat(64));
      expect(new Set(parsed.map(({ chain }) => chain)).size).toBe(1);
      expect(parsed[4].record).toMatchObject({
        eventName: 'Event4',
        recipientAccountId: ACCOUNT,
        eventVersion: '1.11',
      });
      expect(await verify()).toEqual({ files: 1, records: 5, firstSequence: 1, torn: false, fault: undefined });
    });

    it('has a change in the file before it is answered, and a read soon after', async () => {
      const trail = await open({ writeAfterMs: 1, syncAfterMs: 1 });
      trail.record(event('Change'));
      await trail.written();
      expect(await readFile(await onlyFile(), 'utf8')).toContain('"eventName":"Change"');
      trail.record(event('Read', { readOnly: true }));
      await expect.poll(names).toEqual(['Change', 'Read']);
    });

    it('begins a new file each day and after so many bytes', async () => {
      const trail = await open({ fileBytes: 1_500 });
      await fill(trail, 1);
      await fill(trail, 1, 1);
      now += DAY;
      await fill(trail, 3, 2);
      await fill(trail, 1, 5);
      expect(await files()).toEqual([
        '000000000001-2026-11-26.jsonl',
        '000000000003-2026-11-27.jsonl',
        '000000000006-2026-11-27.jsonl',
      ]);
      expect(await verify()).toMatchObject({ files: 3, records: 6, fault: undefined });
      // The oldest may be taken away.
      await rm(join(folder, '000000000001-2026-11-26.jsonl'));
      expect(await verify()).toMatchObject({ files: 2, records: 4, firstSequence: 3, fault: undefined });
    });

    it.each([
      ['half a line', (path: string) => appendFile(path, '{"chain":"x","seq')],
      ['zeros of a power cut', (path: string) => appendFile(path, Buffer.alloc(700))],
      ['a line without its end', async (path: string) => truncate(path, (await readFile(path)).length - 9)],
    ])('goes on after %s', async (_what, crash) => {
      await fill(await open(), 3);
      await trails[0]?.close();
      const [, , third = ''] = (await readFile(await onlyFile(), 'utf8')).split('\n');
      const hash = JSON.parse(third).previous as string;
      await database.database.updateTable('audit_chains').set({ sequence: 2, hash }).execute();
      await database.database.deleteFrom('audit_event_resources').execute();
      await database.database.deleteFrom('audit_events').where('event_name', '=', 'Event2').execute();
      await crash(await onlyFile());
      expect(await verify()).toMatchObject({ torn: true, fault: undefined });
      await fill(await open(), 1, 3);
      expect(await verify()).toMatchObject({ torn: false, fault: undefined });
      // What the file has and the index was never told, it is told now.
      const kept = _what === 'a line without its end' ? [] : ['Event2'];
      expect(await names()).toEqual(['Event0', 'Event1', ...kept, 'Event3']);
    });

    it('refuses changes while the file cannot be written, and loses none that was made', async () => {
      const trail = await open({ retryAfterMs: 1, waitingBytes: 3_000 });
      await fill(trail, 2);
      now += DAY;
      const obstacle = join(folder, '000000000003-2026-11-27.jsonl');
      await mkdir(obstacle);
      trail.admitChange();
      trail.record(event('Made'));
      await trail.written();
      expect(() => trail.admitChange()).toThrow(AuditUnavailableError);
      for (let read = 0; read < 10; read++) trail.record(event('Read', { readOnly: true }));
      expect(trail.room()).toBeUndefined();
      await rmdir(obstacle);
      await expect
        .poll(() => {
          trail.admitChange();
          return 'admitted';
        })
        .toBe('admitted');
      await trail.flush();
      const recorded = await names();
      expect(recorded).toContain('Made');
      const reads = recorded.filter((name) => name === 'Read').length;
      const text = await readFile(obstacle, 'utf8');
      expect(text).toContain(`"additionalEventData":{"readOnlyRecordsLost":${10 - reads}}`);
      expect(reads).toBeLessThan(10);
      expect(await verify()).toMatchObject({ fault: undefined });
      expect(warnings).toEqual([
        'The audit trail cannot be written; nothing can be changed',
        'The audit trail can be written again',
      ]);
    });

    it('makes requests wait where more is recorded than may wait', async () => {
      const trail = await open({ waitingBytes: 2_000 });
      expect(trail.room()).toBeUndefined();
      for (let read = 0; read < 5; read++) trail.record(event('Read', { readOnly: true }));
      const room = trail.room();
      expect(room).toBeInstanceOf(Promise);
      await room;
      expect(trail.room()).toBeUndefined();
    });

    it('is told whole to an index that could not be had', async () => {
      const trail = await open({ retryAfterMs: 1, syncAfterMs: 1 });
      await fill(trail, 1);
      await database.database.schema.alterTable('audit_events').renameTo('away').execute();
      await fill(trail, 2, 1);
      await fill(trail, 1, 3);
      await database.database.schema.alterTable('away').renameTo('audit_events').execute();
      await expect.poll(names).toEqual(['Event0', 'Event1', 'Event2', 'Event3']);
      expect(warnings).toEqual(['The audit trail could not be indexed']);
    });

    it('forgets events in the index after 90 days, and keeps the files', async () => {
      await fill(await open(), 2);
      now += 90 * DAY + 1;
      await fill(await open(), 1, 2);
      expect(await names()).toEqual(['Event2']);
      expect(await database.database.selectFrom('audit_event_resources').select('resource_name').execute()).toEqual([
        { resource_name: 'demo' },
      ]);
      expect(await verify()).toMatchObject({ records: 3, fault: undefined });
    });

    // The files are the same whichever engine has the index.
    if (engine.name === 'sqlite')
      describe('verification', () => {
        const change = async (edit: (lines: string[]) => string[]) => {
          const path = await onlyFile();
          const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
          await writeFile(path, `${edit(lines).join('\n')}\n`);
        };

        it.each([
          [
            'an altered line',
            (lines: string[]) => lines.map((line) => line.replace('Event1', 'Event9')),
            /line 3 does not/,
          ],
          [
            'a line taken out',
            (lines: string[]) => lines.filter((_, index) => index !== 1),
            /line 2 has the number 3 where 2/,
          ],
          [
            'lines changed about',
            ([a = '', b = '', c = '', ...rest]: string[]) => [a, c, b, ...rest],
            /line 2 has the number 3/,
          ],
          ['a line twice', ([a = '', ...rest]: string[]) => [a, a, ...rest], /line 2 has the number 1 where 2/],
          [
            'lines cut off at the end',
            (lines: string[]) => lines.slice(0, 3),
            /the lines 4 to 5 are missing at the end/,
          ],
          [
            'the last line altered',
            (lines: string[]) => lines.map((l) => l.replace('Event4', 'x')),
            /line 5 is not the one/,
          ],
          ['another text', (lines: string[]) => [...lines.slice(0, 2), 'x', ...lines.slice(2)], /line 3 is no line/],
          ['another text at the end', (lines: string[]) => [...lines, '{}'], /line 6 is no line/],
        ])('names %s', async (_what, edit, fault) => {
          await fill(await open(), 5);
          await change(edit);
          expect((await verify()).fault).toMatch(fault);
        });

        it('names a chain that was made anew without the key', async () => {
          await fill(await open(), 2);
          const other = RootKey.fromBase64(Buffer.alloc(32, 6).toString('base64'));
          expect((await verifyAuditFiles(folder, auditKey(other), new Map())).fault).toMatch(/line 2 does not follow/);
        });

        it('names a file that was taken out', async () => {
          const trail = await open({ fileBytes: 1 });
          for (let number = 0; number < 3; number++) await fill(trail, 1, number);
          await rm(join(folder, '000000000002-2026-11-26.jsonl'));
          expect((await verify()).fault).toMatch(/^000000000003-2026-11-26.jsonl: line 1 has the number 3 where 2/);
        });
      });
  });
});

describe('a file cut anywhere', () => {
  it('is whole again after the next start, without the cut line', async () => {
    const [engine] = databaseEngines;
    if (engine === undefined) throw new Error('There is no database engine');
    const { database, close } = await engine.open();
    const temporary = await temporaryFolder('audit');
    const options = { database, rootKey, nodeName: 'node', onWarning: () => {} };
    const add = async (folder: string, count: number) => {
      const trail = await AuditTrail.open({ ...options, folder });
      for (let number = 0; number < count; number++) {
        trail.record({
          ...{ eventSource: 's', eventName: `Ünï ${number}`, readOnly: false, region: 'r', requestId: 'q' },
          ...{ identity: { type: 'Unknown' }, time: new Date(0), sourceIp: '::1', userAgent: undefined },
        });
      }
      await trail.close();
    };
    const first = join(temporary.path, 'first');
    await add(first, 3);
    const [name = ''] = await readdir(first);
    const content = await readFile(join(first, name));
    try {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: content.length }), fc.uuid(), async (length, id) => {
          const folder = join(temporary.path, id);
          await mkdir(folder, { recursive: true });
          await writeFile(join(folder, name), content.subarray(0, length));
          await add(folder, 2);
          const whole = content.subarray(0, length).toString().split('\n').length - 1;
          expect(await verifyAuditFiles(folder, auditKey(rootKey), new Map())).toMatchObject({
            records: whole + 2,
            torn: false,
            fault: undefined,
          });
        }),
        { numRuns: 30 },
      );
    } finally {
      await close();
      await temporary.remove();
    }
  });
});
