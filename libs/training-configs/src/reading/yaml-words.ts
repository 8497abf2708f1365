// What PyYAML's SafeLoader makes of a bare word: its implicit resolvers (yaml/resolver.py) and constructors. YAML 1.1,
// with its own idea of numbers: `no` is false, `010` is eight, `1:30` is ninety, `2024-01-01` is a date, and `1e-7`,
// without a point, is text.

const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const FLOAT =
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const NOTHING = /^(?:~|null|Null|NULL|)$/;
const TIME =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;
/** Numbers with an exponent to OmegaConf and to YAML 1.2. */
const WITH_EXPONENT = /^[-+]?(?:\d[\d_]*)(?:\.[\d_]*)?[eE][-+]?\d+$/;

/** A value that is neither text nor a number nor a truth value: a date, or a word that the loader has no reading for. */
export class OddWord {
  constructor(
    readonly kind: 'time' | 'refused',
    readonly text: string,
  ) {}
}

/**
 * @param exponents "text" as PyYAML reads `1e-7`; "number" for OmegaConf, which knows no dates either, and for YAML 1.2
 */
export function resolveWord(text: string, exponents: 'text' | 'number'): null | boolean | number | string | OddWord {
  if (NOTHING.test(text)) return null;
  if (BOOLEAN.test(text)) return /^(?:yes|true|on)$/i.test(text);
  if (INTEGER.test(text)) {
    const value = readInteger(text);
    return Number.isNaN(value) ? new OddWord('refused', text) : value;
  }
  if (FLOAT.test(text)) return readFloat(text);
  // A merge and a default value: marks that no constructor takes for a value.
  if (text === '<<' || text === '=') return new OddWord('refused', text);
  if (exponents === 'number') return WITH_EXPONENT.test(text) ? Number(text.replaceAll('_', '')) : text;
  return TIME.test(text) ? new OddWord('time', text) : text;
}

/** A word that a person takes for a number, and PyYAML for text. */
export function looksLikeNumber(text: string): boolean {
  return /^[-+]?[\d.]+[eE][-+]?\d+$/.test(text);
}

/** NaN where nothing but underscores follows the prefix. */
export function readInteger(text: string): number {
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[-+]/, '');
  if (digits === '0') return 0;
  if (digits.startsWith('0b')) return sign * Number.parseInt(digits.slice(2), 2);
  if (digits.startsWith('0x')) return sign * Number.parseInt(digits.slice(2), 16);
  if (digits.startsWith('0')) return sign * Number.parseInt(digits, 8);
  return sign * sexagesimal(digits);
}

/** NaN for text that is no number. */
export function readFloat(text: string): number {
  const plain = text.replaceAll('_', '').toLowerCase();
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[-+]/, '');
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan' || digits === '') return Number.NaN;
  return sign * (digits.includes(':') ? sexagesimal(digits) : Number(digits));
}

/** 1:30 is ninety. */
function sexagesimal(digits: string): number {
  return digits.split(':').reduce((total, part) => 60 * total + Number(part), 0);
}
