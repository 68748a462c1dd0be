import type { Random } from './random.ts';

const WORDS = 1_500;
const LINES = 40_000;
const SYLLABLES = 're con tra bi lo men ta ver si na ko pel ur is an de mo fi ra stu gen ac ob li po'.split(' ');
const SHAPES = [
  'const # = #(#);',
  'if (#.#) {',
  'return #.#(#, #);',
  '}',
  '',
  '// # # # #',
  '#: # | #;',
  'for (# of #) #();',
];

/** Text with the statistics of source: few words, many repeated lines, so that it packs and deltas like source. */
export class SourceText {
  readonly #random: Random;
  readonly #words: readonly string[];
  readonly #lines: readonly string[];

  constructor(random: Random) {
    this.#random = random;
    this.#words = Array.from({ length: WORDS }, () => this.#makeWord());
    this.#lines = Array.from({ length: LINES }, () => this.#makeLine());
  }

  word(): string {
    return this.#random.pick(this.#words);
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.word()).join(' ');
  }

  lines(count: number): string[] {
    return Array.from({ length: count }, () => this.#random.pick(this.#lines));
  }

  /** Changes a few neighbouring lines in one or two places, and mostly grows. */
  edit(lines: string[]): void {
    for (let place = this.#random.between(1, 2); place > 0; place -= 1) {
      lines.splice(
        this.#random.below(lines.length + 1),
        this.#random.below(4),
        ...this.lines(this.#random.between(1, 5)),
      );
    }
  }

  #makeWord(): string {
    return Array.from({ length: this.#random.between(1, 4) }, () => this.#random.pick(SYLLABLES)).join('');
  }

  #makeLine(): string {
    const indent = '  '.repeat(this.#random.below(5));
    return indent + this.#random.pick(SHAPES).replace(/#/g, () => this.word());
  }
}
