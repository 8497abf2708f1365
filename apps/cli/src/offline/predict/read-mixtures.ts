import { closestName } from '#libs/proposals';
import { readMixtureTable } from '#libs/run-tables';
import { alignToDomains, normaliseWeights } from '#libs/simplex';
import { UnusableInput } from '../../cli.errors.js';
import { readTextFile } from '../../read-text-file.js';
import { blamingInput } from '../unusable-input.js';

export interface AskedMixtures {
  readonly idColumn: string;
  readonly ids: readonly string[];
  /** In the order of the fit's domains. */
  readonly mixtures: readonly (readonly number[])[];
  readonly notes: readonly string[];
}

/** The mixtures of --mixture or --weights. Throws UnusableInput. */
export async function readAskedMixtures(
  options: { mixture?: string; weights?: string },
  domains: readonly string[],
): Promise<AskedMixtures> {
  if ((options.mixture === undefined) === (options.weights === undefined)) {
    const both = options.mixture === undefined ? '' : ', not both';
    throw new UnusableInput(`give the mixtures with --mixture (JSON) or with --weights (a CSV file)${both}`);
  }
  if (options.weights !== undefined) {
    const source = await readTextFile(options.weights);
    return blamingInput(() => readMixtureTable(source, domains));
  }
  const given = parseMixture(options.mixture!);
  const { weights, sum, renormalised } = await blamingInput(() => {
    for (const name of Object.keys(given)) assertDomain(name, domains);
    const free = Object.fromEntries(domains.map((domain) => [domain, 0]));
    return normaliseWeights(domains, alignToDomains('mixture', domains, { ...free, ...given }));
  }, '--mixture');
  const notes = renormalised ? [`--mixture summed to ${Number(sum.toPrecision(6))} and was renormalised`] : [];
  return { idColumn: 'index', ids: ['1'], mixtures: [weights], notes };
}

/** A mistyped name is answered with the nearest one and all there are. */
function assertDomain(name: string, domains: readonly string[]): void {
  if (domains.includes(name)) return;
  const closest = closestName(name, domains);
  const hint = closest === undefined ? '' : ` Did you mean "${closest}"?`;
  throw new UnusableInput(`--mixture: unknown domain "${name}".${hint} Domains: ${domains.join(', ')}`);
}

function parseMixture(text: string): Record<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnusableInput(`--mixture is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableInput('--mixture must be a JSON object of weights by domain');
  }
  for (const [domain, weight] of Object.entries(value)) {
    if (typeof weight !== 'number') throw new UnusableInput(`--mixture: the weight of "${domain}" must be a number`);
  }
  return value as Record<string, number>;
}
