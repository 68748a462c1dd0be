import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from '../../request-target.ts';
import { LfsError } from './lfs-error.ts';
import { objectProblem } from './lfs-messages.ts';
import { lfsAddressOf } from './lfs-route.ts';
import { rangeOf } from './lfs-transfer.ts';

const OID = 'ab'.repeat(32);
const LOCK = '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11';

describe('addresses of Git LFS', () => {
  it.each([
    ['POST', '/v1/repos/demo/info/lfs/objects/batch', { kind: 'batch' }],
    ['GET', `/v1/repos/demo.git/info/lfs/objects/${OID}`, { kind: 'download', objectId: OID }],
    ['PUT', `/v1/repos/demo/info/lfs/objects/${OID}`, { kind: 'upload', objectId: OID }],
    ['POST', '/v1/repos/demo/info/lfs/objects/verify', { kind: 'verify' }],
    ['POST', '/v1/repos/demo/info/lfs/locks', { kind: 'lock' }],
    ['GET', '/v1/repos/demo/info/lfs/locks?limit=3', { kind: 'list locks' }],
    ['POST', '/v1/repos/demo/info/lfs/locks/verify', { kind: 'verify locks' }],
    ['POST', `/v1/repos/demo/info/lfs/locks/${LOCK}/unlock`, { kind: 'unlock', lockId: LOCK }],
    ['GET', '/v1/repos/demo/info/lfs/objects/batch', { kind: 'unknown' }],
    ['PUT', `/v1/repos/demo/info/lfs/objects/${OID.toUpperCase()}`, { kind: 'unknown' }],
    ['POST', '/v1/repos/demo/info/lfs', { kind: 'unknown' }],
  ])('%s %s', (method, url, route) => {
    expect(lfsAddressOf(method, parseRequestTarget(method, url))).toMatchObject({ repositoryName: 'demo', route });
  });

  it.each(['/v1/repos/demo/info/refs', '/v1/repos/demo/info/lfsx', '/v1/repos/a/b/info/lfs/locks', '/'])(
    'are not of Git LFS: %s',
    (url) => {
      expect(lfsAddressOf('POST', parseRequestTarget('POST', url))).toBeUndefined();
    },
  );

  it('keep the path that the client wrote', () => {
    expect(lfsAddressOf('POST', parseRequestTarget('POST', '/v1/repos/demo.git/info/lfs/objects/batch'))?.root).toBe(
      '/v1/repos/demo.git/info/lfs',
    );
  });
});

describe('objects of a batch', () => {
  it.each([
    [{ oid: OID, size: 0 }, undefined],
    [{ oid: OID, size: 5 * 1024 ** 3 }, undefined],
    [{ oid: OID, size: 5 * 1024 ** 3 + 1 }, 'The object is larger than 5368709120 bytes'],
    [{ oid: OID, size: -1 }, expect.stringContaining('whole number of bytes')],
    [{ oid: OID, size: 1.5 }, expect.stringContaining('whole number of bytes')],
    [{ oid: OID.slice(1), size: 1 }, expect.stringContaining('must be a SHA-256')],
    [{ oid: OID.toUpperCase(), size: 1 }, expect.stringContaining('must be a SHA-256')],
  ])('%j', (object, problem) => {
    expect(objectProblem(object)).toEqual(problem);
  });
});

describe('ranges', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-', { start: 10, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=10-999', { start: 10, end: 100 }],
    ['bytes=20-10', undefined],
    ['bytes=-5', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=0-1', undefined],
  ])('%s of 100 bytes', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range);
  });

  it('beyond the end are refused', () => {
    expect(() => rangeOf('bytes=100-', 100)).toThrow(LfsError);
    expect(() => rangeOf('bytes=0-', 0)).toThrow(LfsError);
  });

  it('stay within the object, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{1,4}-\d{0,4}$/)),
        (size, header) => {
          try {
            const range = rangeOf(header, size);
            if (range !== undefined)
              expect(0 <= range.start && range.start < range.end && range.end <= size).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(LfsError);
          }
        },
      ),
    );
  });
});
