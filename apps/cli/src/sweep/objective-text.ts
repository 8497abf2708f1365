interface StatedObjective {
  readonly targets: Readonly<Record<string, number>>;
  readonly combine: string;
}

/** What the objective is, in words: "mean loss of web and code", "loss of web". */
export function describeObjective({ targets, combine }: StatedObjective): string {
  const entries = Object.entries(targets);
  const [first] = entries;
  if (first && entries.length === 1) return `loss of ${first[0]}`;
  const alike = entries.every(([, weight]) => weight === first?.[1]);
  const names = entries.map(([name, weight]) => (alike ? name : `${name} (weight ${weight})`));
  const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return combine === 'worst-case' ? `largest loss of ${listed}` : `mean loss of ${listed}`;
}
