import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { RequestError } from './request-error.ts';
import { bytesOfBase64, checkedDate, checkedText } from './scalars.ts';

/** Parameters by the parts of their names: Tags.member.1.Key */
interface ParameterNode {
  value?: string;
  readonly children: Map<string, ParameterNode>;
}

/** Deeper than any shape; parameters below are of no shape and ignored. */
const deepestName = 24;

/**
 * Decodes the parameters of an awsQuery request; those that the schema does not know are ignored.
 *
 * Source: Smithy, "AWS query protocol".
 *
 * @throws RequestError `malformed` for a parameter given twice, `wrongType`
 */
export function decodeQueryInput(schema: SchemaRef, parameters: ReadonlyMap<string, string>): object {
  const normalized = NormalizedSchema.of(schema);
  return normalized.isUnitSchema() ? {} : readStructure(normalized, treeOf(parameters));
}

function treeOf(parameters: ReadonlyMap<string, string>): ParameterNode {
  const root: ParameterNode = { children: new Map() };
  for (const [name, value] of parameters) {
    const parts = name.split('.', deepestName + 1);
    if (parts.length > deepestName) continue;
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

function read(schema: NormalizedSchema, node: ParameterNode, path: string): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node);
  if (schema.isListSchema()) return readList(schema, node, path);
  if (schema.isMapSchema()) return readMap(schema, node, path);
  const { value } = node;
  if (value === undefined) throw wrongType(path);
  if (schema.isBooleanSchema()) return readBoolean(value, path);
  if (schema.isNumericSchema()) return readInteger(value, path);
  if (schema.isTimestampSchema()) return readTimestamp(value, path);
  return schema.isBlobSchema() ? bytesOfBase64(value, path) : checkedText(value, path);
}

function readStructure(schema: NormalizedSchema, node: ParameterNode): object {
  const structure: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const child = node.children.get(traitName(member) ?? name);
    if (child !== undefined) structure[name] = read(member, child, name);
  }
  return structure;
}

/** `Tags.member.1`, or `Tags.1` where flattened; an empty list is sent as `Tags=`. */
function readList(schema: NormalizedSchema, node: ParameterNode, path: string): unknown[] {
  const item = schema.getValueSchema();
  const holder = schema.getMergedTraits().xmlFlattened ? node : node.children.get(traitName(item) ?? 'member');
  if (holder === undefined) {
    if (node.value === '') return [];
    throw wrongType(path);
  }
  return inOrder(holder, path).map((child) => read(item, child, path));
}

/** `Map.entry.1.key` and `Map.entry.1.value`, without `entry` where flattened. */
function readMap(schema: NormalizedSchema, node: ParameterNode, path: string): object {
  const holder = schema.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
  if (holder === undefined) {
    if (node.value === '') return {};
    throw wrongType(path);
  }
  const [keySchema, valueSchema] = [schema.getKeySchema(), schema.getValueSchema()];
  return Object.fromEntries(
    inOrder(holder, path).map((entry): [string, unknown] => {
      const key = entry.children.get(traitName(keySchema) ?? 'key')?.value;
      const value = entry.children.get(traitName(valueSchema) ?? 'value');
      if (key === undefined || value === undefined) throw wrongType(path);
      return [checkedText(key, path), read(valueSchema, value, path)];
    }),
  );
}

function inOrder({ value, children }: ParameterNode, path: string): ParameterNode[] {
  if (value !== undefined && value !== '') throw wrongType(path);
  return [...children]
    .map(([index, child]): [number, ParameterNode] => {
      if (!/^[1-9]\d{0,8}$/u.test(index)) throw wrongType(path);
      return [Number(index), child];
    })
    .sort(([index], [other]) => index - other)
    .map(([, child]) => child);
}

function readBoolean(value: string, path: string): boolean {
  if (!/^(true|false)$/iu.test(value)) throw wrongType(path);
  return value.toLowerCase() === 'true';
}

function readInteger(value: string, path: string): number {
  const number = /^-?\d{1,16}$/u.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw wrongType(path);
  return number;
}

function readTimestamp(value: string, path: string): Date {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/u.test(value)) throw wrongType(path);
  return checkedDate(Date.parse(value), path);
}

/** The model's name on the wire where it is not the member's own. */
function traitName(schema: NormalizedSchema): string | undefined {
  return schema.getMergedTraits().xmlName;
}

function wrongType(path: string): RequestError {
  return new RequestError('wrongType', `The value of ${path} has the wrong type.`);
}
