import { describe, expect, it } from 'vitest';
import { compare } from './measurement.ts';
import type { Peer } from './peers/peer.ts';

function peer(name: string, processorTimes: readonly (number | undefined)[]): Peer {
  const left = [...processorTimes];
  const refuse = () => Promise.reject(new Error('not measured'));
  return {
    name,
    get git(): never {
      throw new Error('not measured');
    },
    speaksHttp: true,
    createRepository: refuse,
    importRepository: refuse,
    deleteRepository: refuse,
    processorSeconds: () => left.shift(),
    stop: refuse,
  };
}

describe('compare', () => {
  it('starts each repetition with another peer', async () => {
    const order: string[] = [];
    await compare([peer('a', []), peer('b', []), peer('c', [])], 4, async ({ name }, repetition) => {
      order.push(`${repetition}${name}`);
      return 0;
    });
    expect(order.join(' ')).toBe('0a 0b 0c 1b 1c 1a 2c 2a 2b 3a 3b 3c');
  });

  it('gives medians of values and of the processor time between', async () => {
    const values = [5, 1, 3];
    const medians = await compare(
      [peer('a', [0, 9, 10, 11, 20, 22])],
      3,
      async (_, repetition) => values[repetition] ?? 0,
    );
    expect(medians.get('a')).toEqual({ value: 3, processorSeconds: 2 });
  });

  it('takes the middle of two, and leaves out what cannot be counted', async () => {
    const medians = await compare([peer('a', [])], 2, async (_, repetition) => repetition);
    expect(medians.get('a')).toEqual({ value: 0.5, processorSeconds: undefined });
  });
});
