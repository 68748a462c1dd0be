import { describe, expect, it } from 'vitest';
import { SegmentMemory } from './segment-memory.ts';

const MIB = 1024 * 1024;
const isCounted = ({ buffer }: Uint8Array) => buffer instanceof ArrayBuffer;

describe('SegmentMemory', () => {
  it('is not counted by the garbage collector while it is in use', () => {
    const memory = new SegmentMemory();
    const kept: Buffer[] = [];
    for (let count = 0; count < 40; count += 1) {
      const segment = memory.allocate(16 * MIB);
      expect(segment.length).toBe(16 * MIB);
      expect(isCounted(segment)).toBe(false);
      kept.push(segment);
    }
  });

  it('is counted once 128 MiB that are not in use wait to be collected', () => {
    const memory = new SegmentMemory();
    const kept = memory.allocate(16 * MIB);
    const held = Array.from({ length: 10 }, () => {
      const segment = memory.allocate(16 * MIB);
      memory.release(segment);
      return segment;
    });
    expect(isCounted(kept)).toBe(false);
    expect(held.map(isCounted)).toEqual([...Array.from({ length: 8 }, () => false), true, true]);
  });

  it('is counted where it is short', () => {
    const segment = new SegmentMemory().allocate(64 * 1024 - 1);
    expect(isCounted(segment)).toBe(true);
    expect(segment.buffer.byteLength).toBe(segment.length);
  });
});
