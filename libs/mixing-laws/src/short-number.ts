const UNITS = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Parameters or tokens as people write them: 302300000 is "302.3M". */
export function shortNumber(value: number): string {
  const [factor, unit] = UNITS.find(([least]) => value >= least) ?? [1, ''];
  return `${Number((value / factor).toPrecision(4))}${unit}`;
}
