import { formatShare } from '../terminal/numbers.js';
import { formatTable } from '../terminal/table.js';

/**
 * Weights, in the order of `domains`, beside the natural shares and, if they are not the proposal's, beside the proposed
 * ones, with the passes over each domain that the large run would make.
 */
export function describeWeights(
  domains: readonly string[],
  weights: Readonly<Record<string, number>>,
  natural: Readonly<Record<string, number>>,
  epochs: Readonly<Record<string, number>> | null,
  proposed?: Readonly<Record<string, number>>,
): string {
  return formatTable(
    [
      { title: 'domain' },
      { title: 'natural', align: 'right' },
      ...(proposed ? [{ title: 'proposed', align: 'right' as const }] : []),
      { title: proposed ? 'recommended' : 'weight', align: 'right' },
      ...(epochs ? [{ title: 'epochs', align: 'right' as const }] : []),
    ],
    domains.map((domain) => [
      domain,
      formatShare(natural[domain] ?? 0),
      ...(proposed ? [formatShare(proposed[domain] ?? 0)] : []),
      formatShare(weights[domain] ?? 0),
      ...(epochs ? [(epochs[domain] ?? 0).toFixed(2)] : []),
    ]),
  );
}
