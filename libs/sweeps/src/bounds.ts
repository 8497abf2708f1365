import type { Constraints } from '#libs/contracts';
import { resolveConstraints } from '#libs/proposals';
import { checkingField } from './invalid-input.js';
import type { CorpusRecord, Mixture } from './ports/records.js';
import { InvalidField } from './sweeps.errors.js';

/** Bounds on single weights in the order of the corpus' domains, and the whole set that the constraints admit. */
export interface WeightBounds {
  lower: number[];
  upper: number[];
  admits(weights: Mixture): boolean;
}

/**
 * What the large run's repetition limit and the caller's constraints leave. Throws InvalidField naming the field, or
 * the limits of which none could be spared where no mixture satisfies all.
 * @param prior the natural mixture, where the caller gave it
 */
export async function boundsOf(
  constraints: Constraints,
  corpus: CorpusRecord,
  prior: Mixture | undefined,
): Promise<WeightBounds> {
  checkNames(constraints, corpus);
  const domains = corpus.domains.map(({ name }) => name);
  const byDomain = <T>(values: readonly T[]) => Object.fromEntries(domains.map((name, i) => [name, values[i]!]));
  const tokens = corpus.domains.map((domain) => domain.tokens);
  const known = tokens.every((count): count is number => count !== null);
  const { set } = await checkingField('constraints', () =>
    resolveConstraints(domains, [domains.map(() => 1 / domains.length)], {
      ...constraints,
      domains,
      mixtures: [],
      losses: {},
      prior: prior && byDomain(prior),
      tokens: known ? byDomain(tokens) : undefined,
      licences: byDomain(corpus.domains.map(({ licence }) => licence ?? '')),
    }),
  );
  const { lower, upper } = set.polytope;
  return { lower: Array.from(lower), upper: Array.from(upper), admits: (weights) => set.contains(weights) };
}

/** Every domain and licence that the constraints name must be one of the corpus. */
function checkNames(constraints: Constraints, corpus: CorpusRecord): void {
  const domains = corpus.domains.map(({ name }) => name);
  const named = [
    ...(['caps', 'minimums', 'pinned'] as const).flatMap((field) =>
      Object.keys(constraints[field] ?? {}).map((name) => ({ path: `${field}.${name}`, name })),
    ),
    ...(constraints.groups ?? []).flatMap((group, g) =>
      group.domains.map((name, d) => ({ path: `groups.${g}.domains.${d}`, name })),
    ),
  ];
  const unknown = named.filter(({ name }) => !domains.includes(name));
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map(({ name }) => `"${name}"`))].join(', ');
    throw new InvalidField(
      `constraints.${unknown[0]!.path}`,
      `unknown domain ${names}; the corpus has ${domains.join(', ')}`,
      'domain-unknown',
    );
  }
  // As libs/proposals compares them.
  const plain = (licence: string) => licence.trim().toLowerCase();
  const licences = [...new Set(corpus.domains.flatMap(({ licence }) => (licence === undefined ? [] : [licence])))];
  const unheard = (constraints.excludeLicences ?? []).findIndex(
    (licence) => !licences.some((known) => plain(known) === plain(licence)),
  );
  if (unheard >= 0) {
    const known = licences.length > 0 ? `its domains have ${licences.join(', ')}` : 'its domains have none';
    throw new InvalidField(
      `constraints.excludeLicences.${unheard}`,
      `no domain of the corpus has the licence "${constraints.excludeLicences![unheard]}"; ${known}`,
      'licence-unknown',
    );
  }
}
