/** The names, with what all of them begin and end with replaced by "…" if one is longer than `width`; cut if need be. */
export function shortNames(names: readonly string[], width: number): string[] {
  if (names.every((name) => name.length <= width)) return [...names];
  const distinct = [...new Set(names)];
  const prefix = distinct.length > 1 ? sharedPrefix(distinct) : 0;
  const suffix = distinct.length > 1 ? sharedPrefix(distinct.map((name) => [...name].reverse().join(''))) : 0;
  return names.map((name) => {
    const start = prefix > 1 ? `…${name.slice(prefix)}` : name;
    const short = suffix > 1 ? `${start.slice(0, start.length - suffix)}…` : start;
    if (short.length <= width) return short;
    const head = Math.ceil((width - 1) / 2);
    return `${short.slice(0, head)}…${short.slice(short.length - (width - 1 - head))}`;
  });
}

/** Length of the longest shared beginning that ends at a separator, so that no word is cut. */
function sharedPrefix(names: readonly string[]): number {
  const [first = ''] = names;
  let length = 0;
  while (length < first.length && names.every((name) => name[length] === first[length])) length += 1;
  while (length > 0 && !/[/_\-. ]/.test(first[length - 1]!)) length -= 1;
  return length;
}
