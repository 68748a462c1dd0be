import { describe, expect, it } from 'vitest';
import { SegmentMemory } from './segment-memory.ts';

const MIB = 1024 * 1024;
const isCounted = ({ buffer }: Uint8Array) => buffer instanceof ArrayBuffer;

describe('SegmentMemory', () => {
  it('is not counted by the garbage collector while it is in use', () => {
    const memory = new SegmentMemory();
    let keptBytes = 0;
    for (let count = 0; count < 40; count += 1) {
      const segment = memory.allocate(16 * MIB, keptBytes);
      expect(segment.length).toBe(16 * MIB);
      expect(isCounted(segment)).toBe(false);
      keptBytes += segment.length;
    }
  });

  it('is counted once 128 MiB that are not in use wait to be collected', () => {
    const memory = new SegmentMemory();
    const held = Array.from({ length: 10 }, () => memory.allocate(16 * MIB, 0));
    expect(held.map(isCounted)).toEqual([...Array.from({ length: 8 }, () => false), true, true]);
  });

  it('is counted where it is short', () => {
    const segment = new SegmentMemory().allocate(64 * 1024 - 1, 0);
    expect(isCounted(segment)).toBe(true);
    expect(segment.buffer.byteLength).toBe(segment.length);
  });
});
