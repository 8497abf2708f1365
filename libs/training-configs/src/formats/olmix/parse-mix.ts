// `mix` of a launch configuration, flat or nested (olmix/aliases.py, allenai/olmix: flatten_mix, _flatten_mix_node and
// MixEntry): the weight of a leaf is the product of the weights on the way to it, 1 where there is none, and its
// repetition factor that of the nearest node that has one. A leaf at the top has to give both itself.
import { pythonFloat } from '../../reading/python-words.js';
import { type YamlMap, type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { Finding } from '../../reading/reading.js';
import { isYamlMap, yamlKind } from '../../reading/yaml-map.js';

export interface MixEntry {
  readonly name: string;
  readonly weight: number | null;
  readonly repetition: number;
}

const PROPERTIES = ['weight', 'repetition_factor'];

export function flattenMix(mix: YamlMap, findings: Finding[]): MixEntry[] {
  return yamlEntries(mix).flatMap(([name, node]) => {
    const where = `mix.${name}`;
    if (!isYamlMap(node)) {
      const message = `is ${yamlKind(node)}, not a map with weight and repetition_factor`;
      findings.push({ level: 'error', where, message });
      return [];
    }
    const nested = Object.keys(node).some((key) => !PROPERTIES.includes(key));
    return nested ? flattenNode(name, node, { weight: 1, repetition: 1 }, findings) : [readEntry(name, node, findings)];
  });
}

/** A leaf at the top: both numbers are required, and pydantic makes a number of a text. */
function readEntry(name: string, node: YamlMap, findings: Finding[]): MixEntry {
  const read = (field: string) => readNumber(node[field], `mix.${name}.${field}`, findings);
  return { name, weight: read('weight'), repetition: read('repetition_factor') ?? 1 };
}

function flattenNode(
  name: string,
  node: YamlMap,
  from: { readonly weight: number | null; readonly repetition: number },
  findings: Finding[],
): MixEntry[] {
  const fail = (field: string, value: YamlValue | undefined) => {
    findings.push({ level: 'error', where: `mix.${field}`, message: `is ${yamlKind(value)}, not a number` });
    return null;
  };
  const { weight: own = 1, repetition_factor: factor = from.repetition } = node;
  const factorOf = typeof own === 'number' && Number.isFinite(own) ? own : fail(`${name}.weight`, own);
  const weight = from.weight === null || factorOf === null ? null : from.weight * factorOf;
  const repetition = typeof factor === 'number' ? factor : (fail(`${name}.repetition_factor`, factor) ?? 1);
  const children = yamlEntries(node).filter(([key]) => !PROPERTIES.includes(key));
  if (children.length === 0) return [{ name, weight, repetition }];
  return children.flatMap(([child, value]) => {
    const path = `${name}:${child}`;
    if (isYamlMap(value)) return flattenNode(path, value, { weight, repetition }, findings);
    // A bare value is the weight.
    const known = readNumber(value, `mix.${path}`, findings);
    return [{ name: path, weight: weight === null || known === null ? null : weight * known, repetition }];
  });
}

/** A number, or a text of which Python makes one: where olmix calls float(), or pydantic does. */
function readNumber(value: YamlValue | undefined, where: string, findings: Finding[]): number | null {
  const number = typeof value === 'string' ? pythonFloat(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    findings.push({ level: 'error', where, message: `is ${yamlKind(value)}, not a number` });
    return null;
  }
  if (typeof value === 'string') {
    const message = `is the text "${value}" to YAML, of which olmix makes a number here: write it without an exponent`;
    findings.push({ level: 'warning', where, message });
  }
  return number;
}
