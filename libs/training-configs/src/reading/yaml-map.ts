import { readPythonYaml, type YamlMap, type YamlReading, type YamlValue } from './python-yaml.js';
import type { Finding } from './reading.js';

/** A file of YAML whose top is a map; `map` is null, and `findings` has an error, where it is anything else. */
export interface YamlFile extends Pick<YamlReading, 'numbersReadAsText' | 'keysNotText'> {
  readonly map: YamlMap | null;
}

/** @param exponents as `readPythonYaml` takes them */
export function readYamlMap(content: string, findings: Finding[], exponents?: 'text' | 'number'): YamlFile {
  const { value, errors, ...words } = readPythonYaml(content, exponents);
  for (const { where, message } of errors) findings.push({ level: 'error', where, message: `is no YAML: ${message}` });
  if (value === undefined) return { map: null, ...words };
  if (!isYamlMap(value)) {
    findings.push({ level: 'error', where: 'the file', message: `is ${yamlKind(value)}, not a map` });
    return { map: null, ...words };
  }
  return { map: value, ...words };
}

export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value is, in words that follow "is". */
export function yamlKind(value: YamlValue | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text ${JSON.stringify(value)}` : `${value}`;
}
