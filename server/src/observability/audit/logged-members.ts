import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';

/** As CloudTrail writes it in the place of what it may not show. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/**
 * Members that the SDK's schemas do not call sensitive, but that open something, or that CloudTrail does not log: codes
 * and tokens of sign-in, and what CodeCommit's users write ("File contents and messages are not logged").
 */
const HIDDEN_MEMBERS = new Set([
  'AuthenticationCode1',
  'AuthenticationCode2',
  'TokenCode',
  'SessionToken',
  'SAMLAssertion',
  'WebIdentityToken',
  'GrantToken',
  'GrantTokens',
  'commitMessage',
  'content',
]);

/**
 * An input or output as the audit trail may keep it: sensitive members hidden, bytes left out, first letters of members
 * small as in CloudTrail's records. Only what the schema knows.
 */
export function loggedMembers(schema: SchemaRef, value: object): object | undefined {
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isUnitSchema()) return undefined;
  const members = structureOf(normalized, value);
  return Object.keys(members).length === 0 ? undefined : members;
}

function structureOf(schema: NormalizedSchema, value: object): Record<string, unknown> {
  const logged: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const content: unknown = (value as Record<string, unknown>)[name];
    if (content === undefined || content === null || isBytes(member)) continue;
    logged[withSmallInitial(name)] = HIDDEN_MEMBERS.has(name) ? HIDDEN : shown(member, content);
  }
  return logged;
}

function shown(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.getMergedTraits().sensitive) return HIDDEN;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  if (schema.isStructSchema()) return structureOf(schema, value);
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return isBytes(item) ? [] : [...(value as Iterable<unknown>)].map((each) => shown(item, each));
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(item, each)]));
  }
  return HIDDEN;
}

/** Bytes that are sensitive are told to be there. */
function isBytes(schema: NormalizedSchema): boolean {
  return schema.isBlobSchema() && !schema.getMergedTraits().sensitive;
}

/** `SSHPublicKeyId` becomes `sSHPublicKeyId`, as CloudTrail does it. */
function withSmallInitial(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
