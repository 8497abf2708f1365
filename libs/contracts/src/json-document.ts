/**
 * A copy of `value` that comes back from a JSON column as it went in. JavaScript's encoder is silent about what it
 * loses: NaN and infinity become null, and Prisma turns a bigint into a string. Both throw a TypeError here that names
 * the path; so do values that JSON has no form for. Properties that are undefined are left out.
 */
export function toJsonDocument<T>(value: T, path = 'document'): T {
  return encode(value, path) as T;
}

function encode(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new TypeError(`${path} is ${value}: a JSON document holds finite numbers only`);
  }
  if (Array.isArray(value)) return value.map((element, index) => encode(element, `${path}[${index}]`));
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, property]) => property !== undefined)
        .map(([name, property]) => [name, encode(property, `${path}.${name}`)]),
    );
  }
  const kind = typeof value === 'object' ? value.constructor.name : typeof value;
  throw new TypeError(
    `${path} is a ${kind}: a JSON document holds null, booleans, finite numbers, strings, arrays and objects`,
  );
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
