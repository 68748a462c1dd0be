import type { NormalizedSchema } from '@smithy/core/schema';

/** An element whose content is already XML. */
export function element(name: string, content: string, attributes = ''): string {
  return `<${name}${attributes}>${content}</${name}>`;
}

/** Text as XML 1.0 takes it; characters that it cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"'\r]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

/** The members of an output structure as awsQuery writes them. */
export function encodeXmlMembers(schema: NormalizedSchema, structure: object): string {
  const values = structure as Readonly<Record<string, unknown>>;
  let xml = '';
  for (const [name, member] of schema.structIterator()) {
    const value = values[name];
    if (value !== undefined && value !== null) xml += write(member, value, traitName(member) ?? name);
  }
  return xml;
}

function write(schema: NormalizedSchema, value: unknown, name: string): string {
  if (schema.isListSchema()) return writeList(schema, value as readonly unknown[], name);
  if (schema.isMapSchema()) return writeMap(schema, value as Readonly<Record<string, unknown>>, name);
  if (schema.isStructSchema()) return element(name, encodeXmlMembers(schema, value as object));
  return element(name, escapeXml(textOf(value)));
}

function writeList(schema: NormalizedSchema, list: readonly unknown[], name: string): string {
  const item = schema.getValueSchema();
  if (schema.getMergedTraits().xmlFlattened) return list.map((value) => write(item, value, name)).join('');
  return element(name, list.map((value) => write(item, value, traitName(item) ?? 'member')).join(''));
}

function writeMap(schema: NormalizedSchema, map: Readonly<Record<string, unknown>>, name: string): string {
  const [keySchema, valueSchema] = [schema.getKeySchema(), schema.getValueSchema()];
  const entries = Object.entries(map).map(
    ([key, value]) =>
      write(keySchema, key, traitName(keySchema) ?? 'key') +
      write(valueSchema, value, traitName(valueSchema) ?? 'value'),
  );
  if (schema.getMergedTraits().xmlFlattened) return entries.map((entry) => element(name, entry)).join('');
  return element(name, entries.map((entry) => element('entry', entry)).join(''));
}

function textOf(value: unknown): string {
  // IAM and STS write whole seconds.
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/u, 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

function traitName(schema: NormalizedSchema): string | undefined {
  return schema.getMergedTraits().xmlName;
}
