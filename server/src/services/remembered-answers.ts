import { AccessCache } from '../access/access-cache.ts';
import type { Principal, RequestEnvironment } from '../access/principal.ts';
import type { Database } from '../storage/database/database.ts';
import type { Call } from './operation.ts';

const ANSWERS_OF_ONE_PRINCIPAL = 100;

interface Answers<T> {
  /** Of access, from before they were given. */
  readonly generation: number;
  /** A plain map, as each principal has one: a cache of a fixed size takes its whole room at once. */
  readonly byQuestion: Map<string, T>;
}

/**
 * What has been decided for callers: the same question in the same circumstances has the same answer as long as nothing has
 * changed that access is decided by, the principal is the same, and no policy asks for the time. Refusals are not
 * remembered.
 */
export class RememberedAnswers<T> {
  readonly #answers = new WeakMap<Principal, Answers<T>>();

  /**
   * @param question all that `decide` depends on besides the call and what raises the access generation
   * @param decide must decide by the call that it is given; what it throws is thrown
   */
  async answer(
    database: Database,
    call: Call,
    question: readonly string[],
    decide: (call: Call) => Promise<T>,
  ): Promise<T> {
    const { principal, environment } = call;
    const { sourceIp, userAgent, secureTransport, region } = environment;
    const asked = JSON.stringify([...question, region, sourceIp, userAgent, secureTransport]);
    const generation = await AccessCache.of(database).generation();
    const known = this.#answers.get(principal);
    const remembered = known?.generation === generation ? known.byQuestion.get(asked) : undefined;
    if (remembered !== undefined) return remembered;
    let dependsOnTime = false;
    const observed: RequestEnvironment = {
      sourceIp,
      userAgent,
      secureTransport,
      region,
      get time() {
        dependsOnTime = true;
        return environment.time;
      },
    };
    const answer = await decide({ ...call, environment: observed });
    if (!dependsOnTime) this.#remember(principal, generation, asked, answer);
    return answer;
  }

  #remember(principal: Principal, generation: number, asked: string, answer: T): void {
    const known = this.#answers.get(principal);
    const isCurrent = known?.generation === generation && known.byQuestion.size < ANSWERS_OF_ONE_PRINCIPAL;
    const answers = isCurrent ? known : { generation, byQuestion: new Map<string, T>() };
    answers.byQuestion.set(asked, answer);
    this.#answers.set(principal, answers);
  }
}
