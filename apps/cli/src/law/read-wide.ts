import { listSome } from '#libs/run-tables';
import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import { UnusableInput } from '../cli.errors.js';
import { countOf } from '../terminal/numbers.js';
import type { ReadFile, ReadLoss } from './law-table.js';
import { describeScaleColumns, findColumn, type ReadSettings, readScale, scaleColumns } from './read-long.js';
import { type Records, readNumber } from './read-records.js';

const WEIGHT_PREFIX = /^(weight|ratio)_/i;
const LOSS_NAME = /(_loss$)|(^(metric|loss)_)/i;

interface WideColumns {
  readonly weights: readonly number[];
  readonly losses: readonly number[];
  readonly domains: readonly string[];
}

function chooseColumns(records: Records, settings: ReadSettings): WideColumns {
  const { header, path } = records;
  const bare = header.map((name) => name.replace(WEIGHT_PREFIX, ''));
  const weights = settings.domains
    ? settings.domains.map((domain) => {
        const prefixed = header.findIndex((name, c) => WEIGHT_PREFIX.test(name) && bare[c] === domain);
        const at = prefixed >= 0 ? prefixed : header.indexOf(domain);
        if (at >= 0) return at;
        throw new UnusableInput(`${path} has no column for domain "${domain}"; its columns: ${header.join(', ')}`);
      })
    : header.flatMap((name, c) => (WEIGHT_PREFIX.test(name) ? [c] : []));
  if (weights.length < 2) {
    throw new UnusableInput(
      `${path} is neither a long file (columns mixture, domain, loss) nor a wide one (columns weight_… or ratio_…, and ` +
        `…_loss or metric_…); its columns: ${header.join(', ')}. --domains a,b,… names the columns of weights`,
    );
  }
  const losses = header.flatMap((name, c) => (LOSS_NAME.test(name) && !weights.includes(c) ? [c] : []));
  if (losses.length === 0 && !settings.lossesOptional) {
    throw new UnusableInput(`${path} has no column of losses (…_loss or metric_…); its columns: ${header.join(', ')}`);
  }
  return { weights, losses, domains: settings.domains ?? weights.map((c) => bare[c]!) };
}

/** Reads one mixture, scale and several losses per row: columns weight_… or ratio_…, and …_loss or metric_…. */
export function readWide(records: Records, settings: ReadSettings): ReadFile {
  const { path, header, rows } = records;
  const { weights, losses: lossColumns, domains } = chooseColumns(records, settings);
  const scale = scaleColumns(header);
  const run = findColumn(header, ['run', 'run_id', 'index', 'name']);
  const losses: ReadLoss[] = [];
  const missing: string[] = [];
  const leftOut: string[] = [];
  let renormalised = 0;
  for (let r = 0; r < rows.length; r++) {
    const given = weights.map((c) => readNumber(records, r, c, 'a weight in [0, 1]'));
    const hole = given.findIndex((value) => Number.isNaN(value));
    if (hole >= 0) {
      leftOut.push(`row ${r + 1} (no ${header[weights[hole]!]})`);
      continue;
    }
    let mixture: readonly number[];
    try {
      const read = normaliseWeights(domains, given);
      mixture = read.weights;
      if (read.renormalised) renormalised++;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new UnusableInput(
        `${path}: row ${r + 1}: ${error.message} (columns taken as domains: ${listSome(domains)})`,
        {
          cause: error,
        },
      );
    }
    const label = run >= 0 ? rows[r]![run]! : `row ${r + 1}`;
    const shared = {
      key: mixture.map((w) => Math.round(w * 1e9)).join(' '),
      label,
      weights: mixture,
      ...readScale(records, r, scale, label, settings),
      place: run >= 0 ? rows[r]![run]! : String(r + 1),
    };
    for (const c of lossColumns) {
      const loss = readNumber(records, r, c, 'a number, or empty or nan where it was not measured');
      if (Number.isNaN(loss) && !settings.lossesOptional) missing.push(`row ${r + 1} ${header[c]}`);
      else losses.push({ ...shared, target: header[c]!, loss });
    }
    // A file of mixtures alone asks for every target.
    if (lossColumns.length === 0) losses.push({ ...shared, target: '', loss: Number.NaN });
  }
  const notes: string[] = [];
  if (missing.length > 0)
    notes.push(`${path}: ${countOf(missing.length, 'missing loss cell')} left out: ${listSome(missing)}`);
  if (leftOut.length > 0)
    notes.push(`${path}: ${countOf(leftOut.length, 'row')} with incomplete weights left out: ${listSome(leftOut)}`);
  if (renormalised > 0)
    notes.push(`${path}: the weights of ${countOf(renormalised, 'row')} did not sum to 1 and were renormalised`);
  const roles = [
    `weights: ${countOf(domains.length, 'column')} (${listSome(domains)})`,
    ...(lossColumns.length > 0 ? [`targets: ${listSome(lossColumns.map((c) => header[c]!))}`] : []),
    ...describeScaleColumns(records, scale, settings),
  ];
  return { format: 'wide', domains, losses, roles, notes };
}
