// Text as Python splits and reads it, for trainers that take words or tell numbers from names by trying float().

/** The white space at which str.split() cuts. */
const BLANKS = new Set(
  [
    0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f,
    0x3000,
  ]
    .concat(Array.from({ length: 11 }, (_, i) => 0x2000 + i))
    .map((code) => String.fromCodePoint(code)),
);

/** str.split(): the words between any white space. */
export function pythonWords(content: string): string[] {
  const found: string[] = [];
  let word = '';
  for (const character of content) {
    if (!BLANKS.has(character)) word += character;
    else if (word !== '') {
      found.push(word);
      word = '';
    }
  }
  return word === '' ? found : [...found, word];
}

/** str.strip(): without the white space at either end. */
export function pythonStrip(text: string): string {
  const characters = [...text];
  const isInk = (character: string) => !BLANKS.has(character);
  return characters.slice(characters.findIndex(isInk), characters.findLastIndex(isInk) + 1).join('');
}

/** What float() accepts, digits of any script and single underscores between digits included. */
const PYTHON_FLOAT =
  /^[+-]?(?:(?:\p{Nd}(?:_?\p{Nd})*\.?(?:\p{Nd}(?:_?\p{Nd})*)?|\.\p{Nd}(?:_?\p{Nd})*)(?:e[+-]?\p{Nd}(?:_?\p{Nd})*)?|inf(?:inity)?|nan)$/iu;

export function readsAsPythonFloat(word: string): boolean {
  return PYTHON_FLOAT.test(word);
}

/** float(word) for ASCII digits; NaN for words that float() refuses and for digits of other scripts. */
export function pythonFloat(word: string): number {
  if (!readsAsPythonFloat(word)) return Number.NaN;
  const plain = word.replaceAll('_', '').toLowerCase();
  if (/inf/.test(plain)) return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(plain);
}
