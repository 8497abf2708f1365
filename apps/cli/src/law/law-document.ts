import { codeVersion } from '#libs/code-version';
import type { LawOptions } from './law-options.js';
import type { LawResult } from './law-result.js';

/** The document of `--json`. */
export function lawDocument(result: LawResult, options: LawOptions, inputsHash: string): Record<string, unknown> {
  const { table, fitted, form, at } = result;
  const { rows } = table;
  return {
    command: 'law',
    form,
    at,
    data: {
      format: table.format,
      roles: table.roles,
      domains: table.domains,
      targets: rows.targets,
      mixtures: table.labels.length,
      losses: rows.losses.length,
      sizes: table.sizesKnown ? [...new Set(Array.from(rows.sizes))].sort((a, b) => a - b) : null,
      minTokens: result.minTokens,
    },
    objective: result.objective,
    parameters: fitted?.parameters ?? null,
    heldOut: fitted?.heldOut ?? [],
    signal: result.signal,
    signalByTarget: result.signalByTarget,
    abstained: result.abstained !== null,
    abstainedBecause: result.abstained,
    bestMixture: result.bestMixture,
    bestTrained: result.bestTrained,
    runs: result.runs,
    predictions: result.predictions,
    provenance: {
      seed: options.seed,
      bootstraps: options.bootstraps,
      model: form === 'mixture' || form === 'nested' ? options.model : null,
      codeVersion: codeVersion(),
      inputsHash,
    },
    notes: result.notes,
  };
}
