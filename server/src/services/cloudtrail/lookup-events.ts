import { createHash } from 'node:crypto';
import {
  type Event,
  InvalidLookupAttributesException$,
  InvalidNextTokenException$,
  InvalidTimeRangeException$,
  LookupEvents$,
  LookupEventsCommand,
  type LookupEventsCommandInput,
  type Resource,
} from '@aws-sdk/client-cloudtrail';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import { z } from 'zod';
import { INDEXED_MS } from '../../observability/audit/audit-index.ts';
import type { CloudTrailRecord } from '../../observability/audit/cloudtrail-record.ts';
import { userNameOf } from '../../observability/audit/user-identity.ts';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseSchema } from '../../storage/database/schema.ts';
import { ServiceError } from '../service-error.ts';
import { operation } from './service.ts';

const DEFAULT_PAGE = 50;

type Query = Pick<LookupEventsCommandInput, 'LookupAttributes' | 'StartTime' | 'EndTime' | 'EventCategory'>;
type EventExpressions = ExpressionBuilder<DatabaseSchema, 'audit_events'>;
type EventCondition = ExpressionWrapper<DatabaseSchema, 'audit_events', SqlBool>;

/** An event's place in the order: time and ID. */
const POSITION = z.tuple([z.number().int(), z.uuid()]);
type Position = z.output<typeof POSITION>;

/**
 * The events of the caller's account in the request's Region, newest first; those of IAM, STS and the console's sign-in
 * are events of us-east-1. Insights events there are none.
 */
export const lookupEvents = operation(LookupEvents$, LookupEventsCommand, {
  target: (_services, { principal }) => ({ resources: [{ arn: '*', accountId: principal.accountId }] }),
  async handle({ database, audit }, { principal, environment }, input) {
    const { LookupAttributes: [attribute, ...more] = [], MaxResults: size = DEFAULT_PAGE } = input;
    if (more.length > 0) throw invalidAttributes('You can specify only one lookup attribute.');
    const [from, to] = timeRange(input, environment.time);
    const after = positionOf(input);
    if (input.EventCategory === 'insight') return { Events: [] };
    await audit.flush();
    const rows = await database
      .selectFrom('audit_events')
      .select(['event_id', 'event_time', 'record'])
      .where('account_id', '=', principal.accountId)
      .where('region', '=', environment.region)
      .where('event_time', '>=', from)
      .where('event_time', '<=', to)
      .$if(attribute !== undefined, (query) =>
        query.where((expressions) => matching(expressions, attribute as LookupAttribute)),
      )
      .$if(after !== undefined, (query) =>
        query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('event_time', 'event_id'), '<', tuple(...(after as Position))),
        ),
      )
      .orderBy('event_time', 'desc')
      .orderBy('event_id', 'desc')
      .limit(size + 1)
      .execute();
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const resources = await resourcesOf(
      database,
      shown.map((row) => row.event_id),
    );
    return {
      Events: shown.map((row) => describe(row.record, resources.get(row.event_id) ?? [])),
      ...(rows.length > size && last !== undefined && { NextToken: tokenOf(input, [last.event_time, last.event_id]) }),
    };
  },
});

/** Milliseconds since the epoch, both included. @throws InvalidTimeRangeException */
function timeRange({ StartTime, EndTime }: Query, now: Date): readonly [from: number, to: number] {
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime) {
    throw new ServiceError(InvalidTimeRangeException$, 'The start time must be before the end time.');
  }
  const oldest = now.getTime() - INDEXED_MS;
  return [Math.max(StartTime?.getTime() ?? oldest, oldest), EndTime?.getTime() ?? Number.MAX_SAFE_INTEGER];
}

type LookupAttribute = NonNullable<Query['LookupAttributes']>[number];

/** @throws InvalidLookupAttributesException */
function matching(expressions: EventExpressions, { AttributeKey, AttributeValue: value = '' }: LookupAttribute) {
  // Stored text has no U+0000, and PostgreSQL refuses it.
  if (value.includes('\0')) throw invalidAttributes('The attribute value is not valid.');
  switch (AttributeKey) {
    case 'EventId':
      return expressions('event_id', '=', value.toLowerCase());
    case 'EventName':
      return expressions('event_name', '=', value);
    case 'EventSource':
      return expressions('event_source', '=', value);
    case 'Username':
      return expressions('user_name', '=', value);
    case 'AccessKeyId':
      return expressions('access_key_id', '=', value);
    case 'ReadOnly':
      if (!/^(true|false)$/.test(value)) throw invalidAttributes('The value of ReadOnly must be true or false.');
      return expressions('read_only', '=', value === 'true' ? 1 : 0);
    case 'ResourceType':
      return withResource(expressions, ['resource_type'], value);
    case 'ResourceName':
      return withResource(expressions, ['resource_name', 'resource_arn'], value);
    default:
      throw invalidAttributes(`The attribute key ${AttributeKey} is not valid.`);
  }
}

function withResource(
  { exists, selectFrom }: EventExpressions,
  columns: readonly ('resource_type' | 'resource_name' | 'resource_arn')[],
  value: string,
): EventCondition {
  return exists(
    selectFrom('audit_event_resources as resource')
      .select('resource.event_id')
      .whereRef('resource.event_id', '=', 'audit_events.event_id')
      .where(({ eb, or }) => or(columns.map((column) => eb(`resource.${column}`, '=', value)))),
  );
}

async function resourcesOf(
  database: Database,
  eventIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Resource[]>> {
  if (eventIds.length === 0) return new Map();
  const rows = await database
    .selectFrom('audit_event_resources')
    .selectAll()
    .where('event_id', 'in', eventIds)
    .orderBy('resource_arn')
    .execute();
  return Map.groupBy(
    rows.map((row) => ({ ...row, ResourceType: row.resource_type, ResourceName: row.resource_name })),
    (row) => row.event_id,
  );
}

/** @param text CloudTrail's record, JSON */
function describe(text: string, resources: readonly Resource[]): Event {
  const record = JSON.parse(text) as CloudTrailRecord;
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    EventSource: record.eventSource,
    EventTime: new Date(record.eventTime),
    ReadOnly: String(record.readOnly),
    AccessKeyId: record.userIdentity.accessKeyId,
    Username: userNameOf(record.userIdentity),
    Resources: resources.map(({ ResourceType, ResourceName }) => ({ ResourceType, ResourceName })),
    CloudTrailEvent: text,
  };
}

function invalidAttributes(message: string): ServiceError {
  return new ServiceError(InvalidLookupAttributesException$, message);
}

/** A token continues the question that it was given for, and no other. */
function tokenOf(query: Query, position: Position): string {
  const { LookupAttributes, StartTime, EndTime } = query;
  const question = createHash('sha256')
    .update(JSON.stringify([LookupAttributes, StartTime, EndTime]))
    .digest('base64url');
  return Buffer.from(JSON.stringify([...position, question])).toString('base64url');
}

/** @throws InvalidNextTokenException */
function positionOf(input: LookupEventsCommandInput): Position | undefined {
  const { NextToken } = input;
  if (NextToken === undefined) return undefined;
  const position = POSITION.safeParse(decoded(NextToken)?.slice(0, 2));
  if (!position.success || tokenOf(input, position.data) !== NextToken) {
    throw new ServiceError(InvalidNextTokenException$, 'The specified token is not valid for this request.');
  }
  return position.data;
}

function decoded(token: string): unknown[] | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(content) ? content : undefined;
  } catch {
    return undefined;
  }
}
