import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { RequestError } from './request-error.ts';
import { bytesOfBase64, checkedDate, checkedText } from './scalars.ts';

/**
 * Decodes the body of an awsJson request. The SDK's own codec takes any type for any other, so this one checks each.
 * Members that the schema does not know are ignored, `null` counts as absent, an empty body as `{}`.
 *
 * @throws RequestError `malformed` or `wrongType`
 */
export function decodeJsonInput(schema: SchemaRef, body: Uint8Array): object {
  const document = body.length === 0 ? {} : parse(body);
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isUnitSchema()) return {};
  return readStructure(normalized, document, 'the request');
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new RequestError('malformed', 'The request body is not valid JSON.');
  }
}

function read(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (schema.isStructSchema()) return readStructure(schema, value, path);
  if (schema.isListSchema()) return readList(schema, value, path);
  if (schema.isMapSchema()) return readMap(schema, value, path);
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? value : refuse(value, 'a Boolean', path);
  if (schema.isNumericSchema()) return Number.isSafeInteger(value) ? value : refuse(value, 'an Integer', path);
  if (schema.isTimestampSchema()) {
    return typeof value === 'number' ? checkedDate(value * 1000, path) : refuse(value, 'a Timestamp', path);
  }
  if (typeof value !== 'string') return refuse(value, schema.isBlobSchema() ? 'a Blob' : 'a String', path);
  return schema.isBlobSchema() ? bytesOfBase64(value, path) : checkedText(value, path);
}

function readStructure(schema: NormalizedSchema, value: unknown, path: string): object {
  if (!isObject(value)) return refuse(value, 'a structure', path);
  const structure: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const memberValue = Object.hasOwn(value, name) ? value[name] : undefined;
    if (memberValue !== undefined && memberValue !== null) structure[name] = read(member, memberValue, name);
  }
  return structure;
}

function readList(schema: NormalizedSchema, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) return refuse(value, 'a list', path);
  const item = schema.getValueSchema();
  return value.map((each) => read(item, each, path));
}

function readMap(schema: NormalizedSchema, value: unknown, path: string): object {
  if (!isObject(value)) return refuse(value, 'a map', path);
  const item = schema.getValueSchema();
  // Unlike an assignment this makes a plain entry of a key such as __proto__.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [checkedText(key, path), read(item, each, path)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(value: unknown, wanted: string, path: string): never {
  const found = kindOf(value);
  throw new RequestError('wrongType', `${found} can not be converted to ${wanted} in ${path}.`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'NULL_VALUE';
  if (Array.isArray(value)) return 'A list';
  return typeof value === 'object' ? 'A structure or map' : `${typeof value}_VALUE`.toUpperCase();
}
