import { createRandom } from '#libs/simplex';

/**
 * A language of made-up words of small letters, each of which may be followed by a few others: text that a small model
 * learns something of in a hundred steps, and more of in more. The language depends on `seed`, a text on its own.
 */
export class MadeUpLanguage {
  readonly #words: string[];
  readonly #followers: number[][];

  constructor(seed: number, { words, followers }: { words: number; followers: number }) {
    const random = createRandom(seed);
    const letter = () => String.fromCharCode(97 + random.integer(26));
    this.#words = Array.from({ length: words }, () => Array.from({ length: 2 + random.integer(5) }, letter).join(''));
    this.#followers = this.#words.map(() => Array.from({ length: followers }, () => random.integer(words)));
  }

  text(seed: number, words: number): string {
    const random = createRandom(seed);
    let word = random.integer(this.#words.length);
    return Array.from({ length: words }, () => {
      const followers = this.#followers[word]!;
      word = followers[random.integer(followers.length)]!;
      return this.#words[word]!;
    }).join(' ');
  }
}
