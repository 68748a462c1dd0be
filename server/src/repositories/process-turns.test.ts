import { describe, expect, it } from 'vitest';
import { ProcessTurns } from './process-turns.ts';
import { RepositoriesBusyError } from './repository-errors.ts';

const ONE = { send: 1, receive: 1, maintain: 1 };

describe('ProcessTurns', () => {
  it('lets as many run as it may, and the next when one ends', async () => {
    const turns = new ProcessTurns({ ...ONE, send: 2 }, 10);
    const [first] = await Promise.all([turns.take('send', 'a'), turns.take('send', 'a')]);
    let third = false;
    const waiting = turns.take('send', 'a').then(() => {
      third = true;
    });
    // Another kind does not wait.
    await turns.take('receive', 'a');
    expect(third).toBe(false);
    first?.();
    first?.();
    await waiting;
    expect(third).toBe(true);
  });

  it('takes waiting repositories in turn', async () => {
    const turns = new ProcessTurns(ONE, 10);
    const order: string[] = [];
    const end = await turns.take('send', 'busy');
    const waiting = ['busy', 'busy', 'busy', 'quiet', 'other'].map(async (id) => {
      const endTurn = await turns.take('send', id);
      order.push(id);
      endTurn();
    });
    end();
    await Promise.all(waiting);
    expect(order).toEqual(['busy', 'quiet', 'other', 'busy', 'busy']);
  });

  it('refuses when too many wait, and forgets those that leave', async () => {
    const turns = new ProcessTurns(ONE, 1);
    const end = await turns.take('send', 'a');
    const leaving = new AbortController();
    const left = turns.take('send', 'a', leaving.signal);
    await expect(turns.take('send', 'b')).rejects.toThrow(RepositoriesBusyError);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const next = turns.take('send', 'b');
    end();
    (await next)();
    await expect(turns.take('send', 'c', leaving.signal)).rejects.toThrow('gone');
    (await turns.take('send', 'd'))();
  });
});
