import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBody } from './request-body.ts';

describe('readBody', () => {
  it('joins the chunks', async () => {
    expect((await readBody(Readable.from([Buffer.from('a'), Buffer.from('b')]))).toString()).toBe('ab');
    expect(await readBody(Readable.from([]))).toHaveLength(0);
  });

  it('refuses a body that does not end, whatever trickles in', async () => {
    const stalled = new PassThrough();
    stalled.write('x');
    const refused = readBody(stalled, 20);
    await expect(refused).rejects.toMatchObject({ problem: 'timeout' });
    // The sender is answered on the same connection.
    expect(stalled.destroyed).toBe(false);
    stalled.destroy(new Error('the sender left later'));
  });

  it('passes on that the sender broke off', async () => {
    const broken = new PassThrough();
    const refused = readBody(broken);
    broken.destroy(new Error('gone'));
    await expect(refused).rejects.toMatchObject({ problem: 'malformed', message: 'The request broke off.' });
  });

  it('stops reading a body without end', async () => {
    const chunk = Buffer.alloc(1_000_000);
    let given = 0;
    const endless = new Readable({
      read() {
        given += chunk.length;
        this.push(chunk);
      },
    });
    await expect(readBody(endless)).rejects.toMatchObject({ problem: 'tooLarge' });
    expect(given).toBeLessThan(80_000_000);
  });
});
