// YAML as PyYAML's SafeLoader reads it. The `yaml` package finds the structure; which bare words are numbers, truth
// values or nothing is decided by PyYAML's own rules, in yaml-words.ts.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { looksLikeNumber, OddWord, readFloat, readInteger, resolveWord } from './yaml-words.js';

export type YamlMap = { readonly [key: string]: YamlValue };
export type YamlValue = null | boolean | number | string | readonly YamlValue[] | YamlMap;

/** The keys of each map in the order of the file: an object of JavaScript moves "2024" before "web". */
const orders = new WeakMap<object, readonly string[]>();

/** The entries of a map that `readPythonYaml` read, in the order of the file. */
export function yamlEntries(map: YamlMap): [string, YamlValue][] {
  return (orders.get(map) ?? Object.keys(map)).map((key) => [key, map[key]!]);
}

interface Place {
  readonly where: string;
}

export interface YamlReading {
  /** Undefined when the text is no YAML. */
  readonly value: YamlValue | undefined;
  /** What a loader refuses, with its line. */
  readonly errors: readonly (Place & { readonly message: string })[];
  /** Bare words that look like numbers to a person and are text to PyYAML, such as `1e-7`; by line. */
  readonly numbersReadAsText: readonly (Place & { readonly text: string })[];
  /** Bare keys that PyYAML does not read as text, such as `no` or `010`; `value` holds them as they stand. */
  readonly keysNotText: readonly (Place & { readonly text: string })[];
}

/** What PyYAML refuses anywhere, and the line breaks of YAML 1.1 that are none in YAML 1.2. */
const UNPRINTABLE = /[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Two equal keys in one map are an error here, where PyYAML keeps the last. A date is `{ timestamp: "2024-01-01" }`,
 * which is neither the text nor the number that anyone looks for.
 * @param exponents "text" as PyYAML reads `1e-7`; "number" for OmegaConf and loaders of YAML 1.2
 */
export function readPythonYaml(content: string, exponents: 'text' | 'number' = 'text'): YamlReading {
  const unprintable = UNPRINTABLE.exec(content);
  if (unprintable) {
    const where = `line ${content.slice(0, unprintable.index).split('\n').length}`;
    const message = `holds ${JSON.stringify(unprintable[0])}, which is no printable character`;
    return { value: undefined, errors: [{ where, message }], numbersReadAsText: [], keysNotText: [] };
  }
  const tab = lineOfTab(content);
  if (tab !== null) {
    const errors = [{ where: `line ${tab}`, message: 'a tab stands outside of quotes, where YAML takes spaces alone' }];
    return { value: undefined, errors, numbersReadAsText: [], keysNotText: [] };
  }
  const lines = new LineCounter();
  const document = parseDocument(content, { schema: 'failsafe', lineCounter: lines, uniqueKeys: true });
  const errors = document.errors.map(({ message, pos }) => ({
    where: `line ${lines.linePos(pos[0]).line}`,
    message: message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
  }));
  if (errors.length > 0) return { value: undefined, errors, numbersReadAsText: [], keysNotText: [] };
  const reader = new Reader(document, lines, exponents);
  const value = reader.valueOf(document.contents);
  const { numbersReadAsText, keysNotText } = reader;
  return { value: reader.errors.length > 0 ? undefined : value, errors: reader.errors, numbersReadAsText, keysNotText };
}

/** What the lexer puts before a bare word, and before the text of a block. */
const SCALAR = '\x1f';

/** PyYAML allows a tab in quotes, in comments and in the text of a block; YAML 1.2 also beside a word. Null: there is none. */
function lineOfTab(content: string): number | null {
  if (!content.includes('\t')) return null;
  let line = 1;
  let isBlock = false;
  let previous = '';
  for (const token of new Lexer().lex(content)) {
    const isText = previous === SCALAR;
    const isFree = isText ? isBlock : /^["'#]/.test(token);
    const at = isFree ? -1 : token.indexOf('\t');
    if (at >= 0) return line + token.slice(0, at).split('\n').length - 1;
    if (isText) isBlock = false;
    else if (/^[|>]/.test(token)) isBlock = true;
    line += token.split('\n').length - 1;
    previous = token;
  }
  return null;
}

class Reader {
  readonly errors: { where: string; message: string }[] = [];
  readonly numbersReadAsText: { where: string; text: string }[] = [];
  readonly keysNotText: { where: string; text: string }[] = [];
  private readonly anchored = new Map<string, unknown>();

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly exponents: 'text' | 'number',
  ) {}

  valueOf(given: unknown): YamlValue {
    const node = this.behind(given);
    if (isMap(node)) {
      const entries = this.entriesOf(node);
      const map = Object.fromEntries(entries);
      orders.set(map, [...new Set(entries.map(([key]) => key))]);
      return map;
    }
    if (isSeq(node)) return node.items.map((item) => this.valueOf(item));
    if (!isScalar(node)) return null;
    const text = textOf(node);
    const value = this.resolve(node);
    if (value instanceof OddWord) {
      if (value.kind === 'time') return { timestamp: text };
      this.refuse(node, `"${text}" has no reading as a bare word: it needs quotes`);
      return null;
    }
    if (isBare(node) && typeof value === 'string' && looksLikeNumber(text)) {
      this.numbersReadAsText.push({ where: this.placeOf(node), text });
    }
    return value;
  }

  /** Merged maps come first, and what stands in the map itself wins; of several merged ones the first does. */
  private entriesOf(map: YAMLMap): [string, YamlValue][] {
    const own: [string, YamlValue][] = [];
    const merged: [string, YamlValue][] = [];
    for (const { key, value } of map.items as Pair[]) {
      if (isScalar(key) && isBare(key) && textOf(key) === '<<') merged.push(...this.mergedFrom(value).reverse());
      else own.push([this.keyOf(key), this.valueOf(value)]);
    }
    return [...merged, ...own];
  }

  private mergedFrom(given: unknown): [string, YamlValue][] {
    const value = this.behind(given);
    const maps = (isSeq(value) ? value.items : [value]).map((item) => this.behind(item));
    return maps.flatMap((item) => {
      if (isMap(item)) return this.entriesOf(item);
      this.refuse(value, 'what is merged with << must be a map');
      return [];
    });
  }

  private keyOf(given: unknown): string {
    const key = this.behind(given);
    if (!isScalar(key)) {
      this.refuse(key, 'a key must be one word, not a list or a map');
      return '';
    }
    const text = textOf(key);
    if (text === '' && isBare(key)) this.refuse(key, 'a colon stands without a key before it');
    const value = this.resolve(key);
    const stands = typeof value === 'string' || (value instanceof OddWord && text === '=');
    if (value instanceof OddWord && value.kind === 'refused' && !stands) this.refuse(key, `"${text}" cannot be a key`);
    else if (!stands) this.keysNotText.push({ where: this.placeOf(key), text });
    return text;
  }

  private resolve(node: Scalar): null | boolean | number | string | OddWord {
    const text = textOf(node);
    const tag = node.tag?.startsWith('tag:yaml.org,2002:') ? node.tag.slice('tag:yaml.org,2002:'.length) : node.tag;
    if (tag === undefined) return isBare(node) ? resolveWord(text, this.exponents) : text;
    switch (tag) {
      case '!':
      case 'str':
        return text;
      case 'null':
        return null;
      case 'bool':
      case 'int':
      case 'float': {
        const value = tag === 'float' ? readFloat(text) : tag === 'int' ? readInteger(text) : resolveWord(text, 'text');
        const fits = tag === 'bool' ? typeof value === 'boolean' : !Number.isNaN(value) || /^\.nan$/i.test(text);
        return fits ? value : new OddWord('refused', text);
      }
      default:
        this.refuse(node, `the tag ${node.tag} is none that a safe loader knows`);
        return null;
    }
  }

  /** The node that an alias stands for, and any other node itself. */
  private behind(node: unknown): unknown {
    if (!isAlias(node)) {
      const { anchor } = (node ?? {}) as { readonly anchor?: string };
      if (anchor !== undefined) {
        const first = this.anchored.get(anchor) ?? node;
        if (first !== node) this.refuse(node, `&${anchor} stands twice, and a name is given once`);
        this.anchored.set(anchor, first);
      }
      return node;
    }
    const found = node.resolve(this.document);
    if (!found) this.refuse(node, `nothing is called "${node.source}", so * cannot stand for it`);
    return found;
  }

  private refuse(node: unknown, message: string): void {
    this.errors.push({ where: this.placeOf(node), message });
  }

  private placeOf(node: unknown): string {
    const { range } = (node ?? {}) as Partial<Node>;
    return `line ${range ? this.lines.linePos(range[0]).line : 0}`;
  }
}

function isBare(node: Scalar): boolean {
  return node.type === 'PLAIN' && node.tag === undefined;
}

function textOf(node: Scalar): string {
  return String(node.value ?? '');
}
