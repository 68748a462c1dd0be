import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLUSH, PacketReader, packet } from './pkt-line.ts';
import { readReceiveRequest } from './receive-commands.ts';
import { NULL_OBJECT_ID } from './reference-names.ts';
import { GitProtocolError } from './repository-errors.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function read(parts: readonly (string | Buffer)[], maximum = 10) {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? packet(part) : part)));
  return readReceiveRequest(PacketReader.of(bytes), maximum);
}

describe('readReceiveRequest', () => {
  it('reads updates, capabilities and push options', async () => {
    const capabilities = 'report-status atomic push-options object-format=sha1 agent=git/2.39.5';
    await expect(
      read([
        `${NULL_OBJECT_ID} ${A} refs/heads/new\0 ${capabilities}\n`,
        `${A} ${B} refs/heads/moved\n`,
        `${A} ${NULL_OBJECT_ID} refs/heads/ä`,
        FLUSH,
        'one\n',
        'two',
        FLUSH,
      ]),
    ).resolves.toEqual({
      updates: [
        { name: 'refs/heads/new', oldObjectId: null, newObjectId: A },
        { name: 'refs/heads/moved', oldObjectId: A, newObjectId: B },
        { name: 'refs/heads/ä', oldObjectId: A, newObjectId: null },
      ],
      capabilities: new Set(capabilities.split(' ')),
      pushOptions: ['one', 'two'],
    });
  });

  it('takes the lone flush and an empty body for a probe', async () => {
    await expect(read([FLUSH])).resolves.toBeUndefined();
    await expect(read([])).resolves.toBeUndefined();
  });

  it('passes over the grafts of shallow clients', async () => {
    const request = await read([`shallow ${B}\n`, `${NULL_OBJECT_ID} ${A} refs/heads/x\0`, FLUSH]);
    expect(request?.updates).toHaveLength(1);
  });

  it('counts beyond the limit without keeping', async () => {
    const lines = Array.from({ length: 5 }, (_, index) => `${NULL_OBJECT_ID} ${A} refs/heads/${index}\0`);
    await expect(read([...lines, FLUSH], 5)).resolves.not.toHaveProperty('problem');
    const request = await read([...lines, FLUSH], 4);
    expect([request?.problem, request?.updates.length]).toEqual(['Too many reference update commands', 4]);
  });

  it.each([
    ['SHA-256', [`${A} ${B} refs/heads/x\0object-format=sha256`, FLUSH], 'the repository holds SHA-1 objects only'],
    [
      'object IDs of SHA-256',
      [`${'0'.repeat(64)} ${'a'.repeat(64)} refs/heads/x\0object-format=sha256`, FLUSH],
      'the repository holds SHA-1 objects only',
    ],
    [
      'too many push options',
      [`${A} ${B} refs/heads/x\0push-options`, FLUSH, ...Array(1_001).fill('o'), FLUSH],
      'more than 1000 push options',
    ],
    [
      'too many grafts',
      [...Array(100_001).fill(`shallow ${B}`), `${A} ${B} refs/heads/x\0`, FLUSH],
      'more than 100000 shallow lines',
    ],
  ])('reads %s to its end, for a report of what is wrong', async (_, parts, problem) => {
    const request = await read(parts as (string | Buffer)[]);
    expect(request).toMatchObject({ problem, updates: [{ name: 'refs/heads/x' }] });
  });

  it.each([
    ['no flush', [`${A} ${B} refs/heads/x\0`]],
    ['a delimiter', [`${A} ${B} refs/heads/x\0`, Buffer.from('0001')]],
    ['no name', [`${A} ${B} \0`, FLUSH]],
    ['a short id', [`${A} ${B.slice(1)} refs/heads/x\0`, FLUSH]],
    ['an id in capitals', [`${A} ${'B'.repeat(40)} refs/heads/x\0`, FLUSH]],
    ['a signed push', [`push-cert\0report-status`, FLUSH]],
    ['IDs of SHA-256 without a word of it', [`${A}${'0'.repeat(24)} ${B} refs/heads/x\0`, FLUSH]],
    ['push options without an end', [`${A} ${B} refs/heads/x\0push-options`, FLUSH, 'one']],
  ])('refuses %s', async (_, parts) => {
    await expect(read(parts as (string | Buffer)[])).rejects.toThrow(GitProtocolError);
  });

  it('takes a name that is not UTF-8, each such byte as an escape', async () => {
    const command = Buffer.concat([Buffer.from(`${A} ${B} refs/heads/caf`), Buffer.from([0xe9])]);
    const request = await read([packet(command), FLUSH]);
    expect(request?.updates.map(({ name }) => name)).toEqual(['refs/heads/caf\\xE9']);
  });

  it('never does anything but read or refuse', async () => {
    const part = fc.oneof(
      fc.constantFrom(`${A} ${B} refs/heads/x`, `${A} ${B} refs/heads/x\0push-options`, 'shallow ', 'x'),
      fc.uint8Array({ maxLength: 90 }).map((bytes) => packet(bytes)),
      fc.constantFrom(FLUSH, Buffer.from('0001'), Buffer.from('00')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part), async (parts) => {
        try {
          const request = await read(parts);
          if (request !== undefined) expect(request.updates.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(GitProtocolError);
        }
      }),
    );
  });
});
