import { predictMixtures } from '#libs/computing';
import { locateInSamples, neighbourLimit } from '#libs/proposals';
import { ApiClient } from '../../client/api-client.js';
import { apiUrl } from '../../environment.js';
import { chooseFitted } from '../choose-targets.js';
import { readFitFile } from '../fit/fit-file.js';
import { estimateAt } from '../fit/prediction-csv.js';
import { notesOnSilence } from '../fit/silence.js';
import type { Predictions, PredictOptions } from './prediction.js';
import { readAskedMixtures } from './read-mixtures.js';

/** Mixtures sent in one request. */
const BATCH = 1000;

function toRecord(domains: readonly string[], weights: readonly number[]): Record<string, number> {
  return Object.fromEntries(domains.map((domain, i) => [domain, weights[i]!]));
}

/** Predicts with the fits of a file that `cuvee fit --save` wrote. */
export async function predictFromFile(options: PredictOptions): Promise<Predictions> {
  const { file, fits } = await readFitFile(options.fit);
  const { domains, runs } = file;
  const { idColumn, ids, mixtures, notes } = await readAskedMixtures(options, domains);
  const targets = await chooseFitted(options, Object.keys(fits), file.unfitted ?? {}, options.fit);
  const chosen = Object.fromEntries(targets.map((target) => [target, fits[target]!]));
  const predictions = predictMixtures(chosen, mixtures);
  const limit = neighbourLimit(runs.mixtures);
  return {
    idColumn,
    rows: mixtures.map((weights, r) => {
      const { index, distance, outside } = locateInSamples(weights, runs.mixtures, limit);
      return {
        id: ids[r]!,
        weights: toRecord(domains, weights),
        predicted: Object.fromEntries(targets.map((target) => [target, estimateAt(predictions[target]!, r)])),
        nearest: { run: runs.ids[index]!, distance, outside },
      };
    }),
    notes: [...notes, ...notesOnSilence(chosen)],
  };
}

/** Predicts with a fit that the service keeps. */
export async function predictByService(options: PredictOptions): Promise<Predictions> {
  const client = new ApiClient(apiUrl(options.url));
  const fit = await client.fit(options.fit);
  const { domains } = await client.corpus((await client.sweep(fit.sweepId)).corpusId);
  const names = domains.map(({ name }) => name);
  const { idColumn, ids, mixtures, notes } = await readAskedMixtures(options, names);
  const targets = await chooseFitted(options, Object.keys(fit.targets), fit.unfitted, `fit ${fit.id}`);
  const rows: Predictions['rows'][number][] = [];
  const silent = new Set<string>();
  for (let start = 0; start < mixtures.length; start += BATCH) {
    const batch = mixtures.slice(start, start + BATCH).map((weights) => toRecord(names, weights));
    const { predictions } = await client.predict(fit.id, batch);
    for (const [k, { targets: predicted, extrapolation }] of predictions.entries()) {
      for (const target of targets) if (!predicted[target]!.signal) silent.add(target);
      rows.push({
        id: ids[start + k]!,
        weights: batch[k]!,
        predicted: Object.fromEntries(targets.map((target) => [target, predicted[target]!])),
        nearest: {
          run: extrapolation.nearestRun,
          distance: extrapolation.distance,
          outside: extrapolation.outside,
        },
      });
    }
  }
  const silence = [...silent].map((target) => `the predictions of "${target}" mean nothing: its fit found no signal`);
  return { idColumn, rows, notes: [...notes, ...silence] };
}
