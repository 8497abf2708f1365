import { loadEntropy, loadVariation, maximumViolation } from './load-balance.js';
import { mutualInformation } from './mutual-information.js';

export interface LayerRouting {
  layer: number;
  /** Of domain and expert. */
  mutualInformationBits: number;
  /** Largest load over the mean, less 1. */
  maximumViolation: number;
  /** Over log of the number of experts. */
  entropy: number;
  /** Coefficient of variation. */
  variation: number;
}

/**
 * The measures of every layer, by layer; balance is that of the loads added up over domains.
 * @param loads one entry for each layer and domain, in any order @throws InvalidInputError as mutualInformation
 */
export function describeRouting(loads: readonly { layer: number; load: readonly number[] }[]): LayerRouting[] {
  const layers = [...new Set(loads.map(({ layer }) => layer))].sort((a, b) => a - b);
  return layers.map((layer) => {
    const rows = loads.filter((entry) => entry.layer === layer).map(({ load }) => load);
    const mutualInformationBits = mutualInformation(rows);
    const total = rows[0]!.map((_, expert) => rows.reduce((sum, row) => sum + row[expert]!, 0));
    return {
      layer,
      mutualInformationBits,
      maximumViolation: maximumViolation(total),
      entropy: loadEntropy(total),
      variation: loadVariation(total),
    };
  });
}
