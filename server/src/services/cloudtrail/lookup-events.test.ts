import { randomUUID } from 'node:crypto';
import type { LookupEventsCommandInput, LookupEventsCommandOutput } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, allow, callOf, OTHER_ACCOUNT, userWith } from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { AuditTrail } from '../../observability/audit/audit-trail.ts';
import type { AuditedEvent } from '../../observability/audit/cloudtrail-record.ts';
import { userIdentityOf } from '../../observability/audit/user-identity.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { cloudtrailOperations } from './operations.ts';

const HOUR = 3_600_000;
const ARN = `arn:aws:codecommit:us-east-1:${ACCOUNT}:demo`;
const rootKey = RootKey.fromBase64(Buffer.alloc(32, 5).toString('base64'));

describe.each(databaseEngines)('LookupEvents on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Awaited<ReturnType<typeof engine.open>>;
    let folder: TemporaryFolder;
    let audit: AuditTrail;
    const start = Math.floor(Date.now() / 1000) * 1000 - 10 * HOUR;

    /** `hours` after the start. */
    function record(eventName: string, hours: number, changes: Partial<AuditedEvent> = {}) {
      return audit.record({
        eventSource: 'codecommit.amazonaws.com',
        eventName,
        readOnly: false,
        region: 'us-east-1',
        identity: userIdentityOf(userWith(allow('*'))),
        requestId: randomUUID(),
        time: new Date(start + hours * HOUR),
        sourceIp: '192.0.2.1',
        userAgent: 'vitest',
        ...changes,
      });
    }

    async function lookUp(
      input: Partial<LookupEventsCommandInput> = {},
      caller: Parameters<typeof callOf>[0] = {},
    ): Promise<LookupEventsCommandOutput> {
      const operation = cloudtrailOperations.get('LookupEvents');
      if (operation === undefined) throw new Error('There is no LookupEvents');
      const services = { database: database.database, audit };
      return (await operation.run(services, callOf(caller), input)) as LookupEventsCommandOutput;
    }
    async function names(...parameters: Parameters<typeof lookUp>) {
      return (await lookUp(...parameters)).Events?.map(({ EventName }) => EventName);
    }
    const by = (AttributeKey: string, AttributeValue: string) =>
      names({ LookupAttributes: [{ AttributeKey, AttributeValue }] } as LookupEventsCommandInput);

    beforeAll(async () => {
      database = await engine.open();
      folder = await temporaryFolder('cloudtrail');
      audit = await AuditTrail.open({
        folder: folder.path,
        database: database.database,
        rootKey,
        nodeName: 'node',
        onWarning: () => {},
      });
      record('CreateRepository', 1, { resources: [{ arn: ARN, accountId: ACCOUNT }] });
      record('GetUser', 2, {
        eventSource: 'iam.amazonaws.com',
        readOnly: true,
        identity: userIdentityOf(rootPrincipal(ACCOUNT), 'AKIAROOT'),
        resources: [{ arn: `arn:aws:iam::${ACCOUNT}:user/team/grace`, accountId: ACCOUNT }],
      });
      record('DeleteBranch', 3, { resources: [{ arn: ARN, accountId: ACCOUNT }] });
      record('Elsewhere', 4, { region: 'eu-west-1' });
      record('Foreign', 5, { identity: userIdentityOf(rootPrincipal(OTHER_ACCOUNT)) });
      record('Anonymous', 6, { identity: { type: 'Unknown' } });
      record('Ancient', -90 * 24);
    });
    afterAll(async () => {
      await audit.close();
      await database.close();
      await folder.remove();
    });

    it('tells the newest first, of the own account and Region', async () => {
      expect(await names()).toEqual(['DeleteBranch', 'GetUser', 'CreateRepository']);
      expect(await names({}, { region: 'eu-west-1' })).toEqual(['Elsewhere']);
      expect(await names({}, { principal: rootPrincipal(OTHER_ACCOUNT) })).toEqual(['Foreign']);
      const [event] = (await lookUp()).Events ?? [];
      expect(event).toMatchObject({
        EventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        EventSource: 'codecommit.amazonaws.com',
        EventTime: new Date(start + 3 * HOUR),
        ReadOnly: 'false',
        Username: 'ana',
        Resources: [{ ResourceType: 'AWS::CodeCommit::Repository', ResourceName: 'demo' }],
      });
      expect(JSON.parse(event?.CloudTrailEvent ?? '')).toMatchObject({ eventID: event?.EventId });
    });

    it('finds by each attribute', async () => {
      const id = (await lookUp()).Events?.[1]?.EventId ?? '';
      expect(await by('EventId', id)).toEqual(['GetUser']);
      expect(await by('EventName', 'DeleteBranch')).toEqual(['DeleteBranch']);
      expect(await by('EventName', 'deletebranch')).toEqual([]);
      expect(await by('EventSource', 'iam.amazonaws.com')).toEqual(['GetUser']);
      expect(await by('ReadOnly', 'true')).toEqual(['GetUser']);
      expect(await by('ReadOnly', 'false')).toEqual(['DeleteBranch', 'CreateRepository']);
      expect(await by('Username', 'root')).toEqual(['GetUser']);
      expect(await by('AccessKeyId', 'AKIAROOT')).toEqual(['GetUser']);
      expect(await by('ResourceType', 'AWS::IAM::User')).toEqual(['GetUser']);
      expect(await by('ResourceName', 'grace')).toEqual(['GetUser']);
      expect(await by('ResourceName', 'demo')).toEqual(['DeleteBranch', 'CreateRepository']);
      expect(await by('ResourceName', ARN)).toEqual(['DeleteBranch', 'CreateRepository']);
      expect(await by('EventName', 'Foreign')).toEqual([]);
    });

    it('finds within a range of time, both ends included', async () => {
      const at = (hours: number) => new Date(start + hours * HOUR);
      expect(await names({ StartTime: at(2) })).toEqual(['DeleteBranch', 'GetUser']);
      expect(await names({ EndTime: at(2) })).toEqual(['GetUser', 'CreateRepository']);
      expect(await names({ StartTime: at(2), EndTime: at(2) })).toEqual(['GetUser']);
      expect(await names({ StartTime: new Date(0) })).not.toContain('Ancient');
      await expect(lookUp({ StartTime: at(3), EndTime: at(2) })).rejects.toMatchObject({
        exception: 'InvalidTimeRangeException',
      });
    });

    it('pages by tokens that are good for their question only', async () => {
      const first = await lookUp({ MaxResults: 2 });
      expect(first.Events).toHaveLength(2);
      const { NextToken = '' } = first;
      const second = await lookUp({ MaxResults: 2, NextToken });
      expect(second.Events?.map(({ EventName }) => EventName)).toEqual(['CreateRepository']);
      expect(second.NextToken).toBeUndefined();
      const ReadOnly = { LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'true' }] } as const;
      for (const input of [
        { NextToken, ...ReadOnly, LookupAttributes: [...ReadOnly.LookupAttributes] },
        { NextToken, StartTime: new Date() },
        { NextToken: `${NextToken}x` },
        { NextToken: 'x' },
        { NextToken: Buffer.from('[1,"\\u0000",2]').toString('base64url') },
      ]) {
        await expect(lookUp(input)).rejects.toMatchObject({ exception: 'InvalidNextTokenException' });
      }
    });

    it.each([
      [{ MaxResults: 51 }, 'InvalidMaxResultsException', /Value '51' at 'maxResults'.*less than or equal to 50/],
      [{ MaxResults: 0 }, 'InvalidMaxResultsException', /greater than or equal to 1/],
      [{ EventCategory: 'data' }, 'InvalidEventCategoryException', /'eventCategory'.*\[insight\]/],
      [
        { LookupAttributes: [{ AttributeKey: 'Colour', AttributeValue: 'x' }] },
        'InvalidLookupAttributesException',
        /Colour/,
      ],
      [{ LookupAttributes: [{ AttributeKey: 'EventName' }] }, 'InvalidLookupAttributesException', /must not be null/],
      [
        { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: '' }] },
        'InvalidLookupAttributesException',
        /length greater than or equal to 1/,
      ],
      [
        { LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'yes' }] },
        'InvalidLookupAttributesException',
        /true or false/,
      ],
      [
        { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'a\0b' }] },
        'InvalidLookupAttributesException',
        /not valid/,
      ],
      [
        { LookupAttributes: ['EventName', 'EventId'].map((AttributeKey) => ({ AttributeKey, AttributeValue: 'x' })) },
        'InvalidLookupAttributesException',
        /only one/,
      ],
    ])('refuses %j', async (input, exception, message) => {
      const refusal = lookUp(input as LookupEventsCommandInput);
      await expect(refusal).rejects.toMatchObject({ exception, message: expect.stringMatching(message) });
    });

    it('has no insights, and needs permission', async () => {
      expect(await lookUp({ EventCategory: 'insight' })).toEqual({ Events: [] });
      const principal = userWith(allow('cloudtrail:LookupEvents'));
      expect((await lookUp({}, { principal })).Events).toHaveLength(3);
      await expect(lookUp({}, { principal: userWith(allow('cloudtrail:Get*')) })).rejects.toThrow(
        `is not authorized to perform: cloudtrail:LookupEvents on resource: * because no identity-based policy allows`,
      );
    });
  });
});
