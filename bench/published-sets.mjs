// Published runs other than RegMix's pairs, one set per target: {set, target, mixtures, losses}. A set is left out
// where its file is absent.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** A mixture's fewest runs. */
const FEWEST = 16;

function read(folder, file) {
  const path = join(folder, file);
  return existsSync(path) ? parse(readFileSync(path, 'utf8'), { columns: true }) : [];
}

function shares(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One set per target, on the rows where it is measured; `mixtureOf` and `lossOf` read a row. */
function setsOf(set, rows, targets, mixtureOf, lossOf) {
  return targets.flatMap((target) => {
    const measured = rows.filter((row) => row[target] !== '' && Number.isFinite(lossOf(row, target)));
    if (measured.length < FEWEST) return [];
    return [{ set, target, mixtures: measured.map(mixtureOf), losses: measured.map((row) => lossOf(row, target)) }];
  });
}

const columnsWith = (rows, wanted) => Object.keys(rows[0] ?? {}).filter(wanted);

/** [key, items] in order of first appearance. */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups];
}

/** ADMIRE-BayesOpt's fine-tuning runs of Qwen2.5, by size; a metric counts as a loss by its negative. */
function admire(folder) {
  const rows = read(folder, 'admire-bayesopt/admire_ift_runs.csv');
  const weights = columnsWith(rows, (name) => name.startsWith('ratio_'));
  const metrics = columnsWith(rows, (name) => name.startsWith('metric_'));
  return groupBy(rows, (row) => row.model).flatMap(([size, own]) =>
    setsOf(
      `ADMIRE ${size}`,
      own,
      metrics,
      (row) => shares(weights.map((name) => Number(row[name]))),
      (row, target) => -Number(row[target]),
    ),
  );
}

/** The mixing-laws runs on RedPajama, by size: the losses at the last step that all runs share. */
function redPajama(folder) {
  return ['70M', '160M', '305M', '410M'].flatMap((size) => {
    const lines = read(folder, `mixinglaws/RedPajama_${size}.csv`);
    const steps = groupBy(lines, (line) => Number(line.step));
    const runsAt = (some) => new Set(some.map((line) => line.run)).size;
    const most = Math.max(0, ...steps.map(([, some]) => runsAt(some)));
    const complete = steps.filter(([, some]) => runsAt(some) === most).sort(([a], [b]) => b - a)[0];
    const targets = [...new Set(lines.map((line) => line.domain))];
    const rows = groupBy(complete?.[1] ?? [], (line) => line.run).map(([, own]) => ({
      mixture: own[0].mixture,
      ...Object.fromEntries(own.map((line) => [line.domain, line.loss])),
    }));
    return setsOf(
      `RedPajama ${size}`,
      rows,
      targets,
      (row) => shares(row.mixture.split('-').map(Number)),
      (row, target) => Number(row[target]),
    );
  });
}

/** The SlimPajama scaling runs, by size: each mixture at its most tokens. */
function slimPajama(folder) {
  const rows = read(folder, 'slimpajama-scaling/losses_to_680M.csv');
  const weights = columnsWith(rows, (name) => name.startsWith('weight_'));
  const targets = columnsWith(rows, (name) => name.endsWith('_loss'));
  const last = groupBy(rows, (row) => [row.model_size, ...weights.map((name) => row[name])].join()).map(([, own]) =>
    own.reduce((a, b) => (Number(b.n_tokens) > Number(a.n_tokens) ? b : a)),
  );
  return groupBy(last, (row) => Number(row.model_size) / 1e6).flatMap(([size, own]) =>
    setsOf(
      `SlimPajama ${size}M`,
      own,
      targets,
      (row) => shares(weights.map((name) => Number(row[name]))),
      (row, target) => Number(row[target]),
    ),
  );
}

export function publishedSets(folder) {
  return [...admire(folder), ...redPajama(folder), ...slimPajama(folder)];
}
