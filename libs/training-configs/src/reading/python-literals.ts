// Numbers and strings as Python's tokenizer reads them. null stands for what Python refuses.

const DECIMAL = /^(?:0(?:_?0)*|[1-9](?:_?[0-9])*)$/;
const PREFIXED = /^0(?:x(?:_?[0-9a-f])+|o(?:_?[0-7])+|b(?:_?[01])+)$/i;
const FLOAT = /^(?:(?:[0-9](?:_?[0-9])*)?\.(?:[0-9](?:_?[0-9])*)|[0-9](?:_?[0-9])*\.?)(?:e[+-]?[0-9](?:_?[0-9])*)?$/i;

/** A number without a sign; null for what is no number, such as `010` and `1__0`, and for imaginary ones. */
export function readPythonNumber(text: string): number | null {
  const plain = text.replaceAll('_', '');
  if (DECIMAL.test(text) || PREFIXED.test(text)) return Number(plain);
  return FLOAT.test(text) && !/^[0-9_]+$/.test(text) ? Number(plain) : null;
}

type StringReading =
  | { readonly kind: 'text'; readonly value: string }
  /** Bytes, an f-string, or text that no file can hold: legal, and no text that can be told from the source. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly message: string };

const LITERAL = /^([a-z]*)('''|"""|'|")([\s\S]*)\2$/i;

/** One string literal with its prefix and its quotes; line breaks are \n. */
export function readPythonString(source: string): StringReading {
  const match = LITERAL.exec(source);
  if (!match) return { kind: 'refused', message: 'unterminated string' };
  const prefix = match[1]!.toLowerCase();
  const quotes = match[2]!;
  const body = match[3]!;
  if (quotes.length === 1 && /(?<!\\)(?:\\\\)*\n/.test(body)) {
    return { kind: 'refused', message: 'unterminated string' };
  }
  if (prefix === 'r') return { kind: 'text', value: body };
  return prefix === '' || prefix === 'u' ? withoutEscapes(body) : { kind: 'other' };
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(N\{[^}]+\})|([\s\S]))/g;

/** Escapes that Python does not know stay as they are, backslash included. */
function withoutEscapes(body: string): StringReading {
  let refused: string | null = null;
  let isText = true;
  const value = body.replace(ESCAPE, (written: string, ...groups: (string | undefined)[]) => {
    const [octal, byte, short, long, named, other] = groups;
    if (other !== undefined) {
      if (/[xuUN]/.test(other)) refused ??= `an escape that is not complete: \\${other}`;
      return SIMPLE[other] ?? written;
    }
    const digits = byte ?? short ?? long;
    const code = digits === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(digits, 16);
    if (code > 0x10ffff) refused ??= `no character: ${written}`;
    // A character by its name is not looked up; half of a surrogate pair can be in no file name.
    else if (named !== undefined || (code >= 0xd800 && code <= 0xdfff)) isText = false;
    else return String.fromCodePoint(code);
    return '';
  });
  if (refused !== null) return { kind: 'refused', message: refused };
  return isText ? { kind: 'text', value } : { kind: 'other' };
}
