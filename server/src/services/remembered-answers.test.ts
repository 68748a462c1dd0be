import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allow, callOf, userWith } from '../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../test/harness/databases.ts';
import type { Principal, RequestEnvironment } from '../access/principal.ts';
import type { Database } from '../storage/database/database.ts';
import type { Call } from './operation.ts';
import { RememberedAnswers } from './remembered-answers.ts';

describe.each(databaseEngines)('remembered answers on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Database;
    let close: () => Promise<void>;
    let answers: RememberedAnswers<number>;
    let asked: number;
    let principal: Principal;
    beforeAll(async () => {
      ({ database, close } = await engine.open());
    });
    afterAll(() => close());
    beforeEach(() => {
      answers = new RememberedAnswers();
      asked = 0;
      principal = userWith(allow('codecommit:*'));
    });

    const call = (environment: Partial<RequestEnvironment> = {}, of = principal): Call => {
      const made = callOf({ principal: of });
      return { ...made, environment: { ...made.environment, ...environment } };
    };
    const answer = (question: readonly string[], given = call(), decide: (call: Call) => unknown = () => {}) =>
      answers.answer(database, given, question, async (observed) => {
        asked += 1;
        decide(observed);
        return asked;
      });
    const raiseGeneration = () =>
      database
        .insertInto('accounts')
        .values({
          account_id: String(Math.trunc(Math.random() * 1e12)).padStart(12, '0'),
          root_email: `${Math.random()}@example.com`,
          root_password_hash: '',
          created_at: 0,
        })
        .execute();

    it('are given to the same question in the same circumstances', async () => {
      expect(await answer(['read', 'demo'])).toBe(1);
      expect(await answer(['read', 'demo'], call({ time: new Date(0) }))).toBe(1);
      expect(asked).toBe(1);
    });

    it.each<[string, readonly string[], Partial<RequestEnvironment>]>([
      ['question', ['write', 'demo'], {}],
      ['parting of the question', ['read","demo'], {}],
      ['Region', ['read', 'demo'], { region: 'eu-central-1' }],
      ['address', ['read', 'demo'], { sourceIp: '192.0.2.1' }],
      ['user agent', ['read', 'demo'], { userAgent: 'another' }],
      ['transport', ['read', 'demo'], { secureTransport: false }],
    ])('are not given to another %s', async (_, question, environment) => {
      await answer(['read', 'demo'], call({ secureTransport: true }));
      await answer(question, call({ secureTransport: true, ...environment }));
      expect(asked).toBe(2);
    });

    it('are not given to another principal, nor after any change of rights, also one that was made meanwhile', async () => {
      await answer(['read']);
      await answer(['read'], call({}, userWith(allow('codecommit:*'))));
      expect(asked).toBe(2);
      await raiseGeneration();
      await answer(['read']);
      expect(asked).toBe(3);
      await answers.answer(database, call(), ['meanwhile'], async () => {
        await raiseGeneration();
        return 0;
      });
      expect(await answer(['meanwhile'])).toBe(4);
    });

    it('are not kept when the time was looked at, also by a question within the question', async () => {
      const within = new RememberedAnswers<number>();
      const lookAtTime = ({ environment }: Call) => expect(environment.time).toEqual(new Date(5));
      for (let count = 1; count <= 2; count++) {
        expect(await answer(['timed'], call({ time: new Date(5) }), lookAtTime)).toBe(count);
      }
      const ask = (decide: (call: Call) => unknown) =>
        answers.answer(database, call({ time: new Date(5) }), ['outer'], async (outer) => {
          asked += 1;
          return within.answer(database, outer, ['inner'], async (inner) => {
            decide(inner);
            return asked;
          });
        });
      expect(await ask(lookAtTime)).toBe(3);
      expect(await ask(() => {})).toBe(4);
      expect(await ask(lookAtTime)).toBe(4);
    });

    it('are not kept when they are refusals', async () => {
      const refuse = () => {
        throw new Error('refused');
      };
      await expect(answer(['read'], call(), refuse)).rejects.toThrow('refused');
      expect(await answer(['read'])).toBe(2);
    });

    it('are bounded for each principal', async () => {
      for (let count = 0; count < 101; count++) await answer([`${count}`]);
      expect(await answer(['100'])).toBe(101);
      expect(await answer(['0'])).toBe(102);
    });
  });
});
