import { describe, expect, it } from 'vitest';
import { compare, timedOn } from './measurement.ts';

function peer(name: string, processorTimes: readonly (number | undefined)[]) {
  const left = [...processorTimes];
  return { name, processorSeconds: () => left.shift() };
}

describe('compare', () => {
  it('starts each repetition with another peer', async () => {
    const order: string[] = [];
    await compare([peer('a', []), peer('b', []), peer('c', [])], 4, async ({ name }, repetition) => {
      order.push(`${repetition}${name}`);
      return { value: 0 };
    });
    expect(order.join(' ')).toBe('0a 0b 0c 1b 1c 1a 2c 2a 2b 3a 3b 3c');
  });

  it('gives medians of values and of processor times, each for itself', async () => {
    const found = [
      { value: 5, processorSeconds: 1 },
      { value: 1, processorSeconds: 9 },
      { value: 3, processorSeconds: 2 },
    ];
    const medians = await compare([{ name: 'a' }], 3, async (_, repetition) => found[repetition] ?? { value: 0 });
    expect(medians.a).toEqual({ value: 3, processorSeconds: 2 });
  });

  it('takes the middle of two, and leaves out what cannot be counted', async () => {
    const medians = await compare([{ name: 'a' }], 2, async (_, repetition) => ({ value: repetition }));
    expect(medians.a).toEqual({ value: 0.5, processorSeconds: undefined });
  });

  it('names the peer on which it failed', async () => {
    const cause = new Error('the connection was reset');
    const failing = async ({ name }: { readonly name: string }) => {
      if (name === 'b') throw cause;
      return { value: 0 };
    };
    const failure = await compare([peer('a', []), peer('b', [])], 2, failing).catch((error: unknown) => error);
    expect(failure).toEqual(new Error('b failed in repetition 1', { cause }));
  });
});

describe('timedOn', () => {
  it('counts the processor time that passes meanwhile, and none where none can be counted', async () => {
    expect((await timedOn(peer('a', [10, 13]), async () => {})).processorSeconds).toBe(3);
    expect((await timedOn(peer('a', [undefined]), async () => {})).processorSeconds).toBeUndefined();
  });
});
