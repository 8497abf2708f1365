// A JSON object as Python's json.load reads it, with what a JavaScript object cannot tell: the order of its keys (those
// that are whole numbers come first in an object) and keys that stand twice, of which every reader keeps the last.
import { jsonProblem } from './json-problem.js';

export interface JsonObjectReading {
  /** Undefined when the text is no JSON object. */
  readonly entries: readonly (readonly [key: string, value: unknown])[] | undefined;
  /** Why it is none. */
  readonly problem: string | null;
  /** Keys that one object has twice, at any depth. */
  readonly duplicates: readonly string[];
}

/** Keys as they follow one another in the file, for the objects that were read. */
const orders = new WeakMap<object, readonly string[]>();

/** The entries of an object that was read, at any depth, in the order of the file. */
export function jsonEntries(object: object): [key: string, value: unknown][] {
  const keys = orders.get(object) ?? Object.keys(object);
  return keys.map((key) => [key, (object as Record<string, unknown>)[key]]);
}

export function readJsonObject(content: string): JsonObjectReading {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    return { entries: undefined, problem: jsonProblem(content, error), duplicates: [] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { entries: undefined, problem: 'is no JSON object', duplicates: [] };
  }
  const { objects, duplicates } = scanKeys(content);
  orders.set(value, [...objects[0]!]);
  // With a key that stands twice, objects in the text are not in the value.
  if (duplicates.length === 0) keepOrders(value, objects);
  return { entries: jsonEntries(value), problem: null, duplicates };
}

/** Walks the value in the order of the text, in which the objects were found. */
function keepOrders(root: object, objects: readonly Set<string>[]): void {
  const waiting: unknown[] = [root];
  let next = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) orders.set(value, [...objects[next++]!]);
    const children = Array.isArray(value) ? value : jsonEntries(value).map(([, child]) => child);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]);
  }
}

/** Keys of each object in order, the objects as they open. The text is known to be JSON. */
function scanKeys(content: string): { objects: Set<string>[]; duplicates: string[] } {
  const duplicates: string[] = [];
  const open: (Set<string> | null)[] = [];
  const objects: Set<string>[] = [];
  for (const [token, , colon] of content.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/g)) {
    if (token === '{') {
      const keys = new Set<string>();
      objects.push(keys);
      open.push(keys);
    }
    if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (colon) {
      const key = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) duplicates.push(key);
      keys?.add(key);
    }
  }
  return { objects, duplicates };
}
