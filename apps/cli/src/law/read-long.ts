import { listSome } from '#libs/run-tables';
import { InvalidInputError, normaliseWeights, SUM_TOLERANCE } from '#libs/simplex';
import { UnusableInput } from '../cli.errors.js';
import { countOf } from '../terminal/numbers.js';
import type { ReadFile, ReadLoss } from './law-table.js';
import { findSize } from './model-size.js';
import { type Records, readNumber } from './read-records.js';

export interface ReadSettings {
  readonly domains?: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly tokensPerStep?: number;
  /** Rows without a loss are wanted: they ask for predictions. */
  readonly lossesOptional?: boolean;
}

const SIZE_COLUMNS = ['model_size', 'size', 'n_params', 'num_params', 'params', 'parameters', 'model'];
const TOKEN_COLUMNS = ['n_tokens', 'num_tokens', 'tokens', 'train_tokens'];
const STEP_COLUMNS = ['step', 'steps', 'n_steps'];

export function findColumn(header: readonly string[], names: readonly string[]): number {
  return header.findIndex((name) => names.includes(name.toLowerCase()));
}

export interface ScaleColumns {
  readonly size: number;
  readonly tokens: number;
  readonly step: number;
}

export function scaleColumns(header: readonly string[]): ScaleColumns {
  return {
    size: findColumn(header, SIZE_COLUMNS),
    tokens: findColumn(header, TOKEN_COLUMNS),
    step: findColumn(header, STEP_COLUMNS),
  };
}

export function describeScaleColumns(records: Records, columns: ScaleColumns, settings: ReadSettings): string[] {
  const { header } = records;
  const roles: string[] = [];
  if (columns.size >= 0) roles.push(`parameters: column "${header[columns.size]}"`);
  if (columns.tokens >= 0) roles.push(`tokens: column "${header[columns.tokens]}"`);
  else if (columns.step >= 0) {
    const factor = settings.tokensPerStep;
    roles.push(
      factor === undefined
        ? `training length: column "${header[columns.step]}", in steps (--tokens-per-step turns them into tokens)`
        : `tokens: column "${header[columns.step]}" × ${factor}`,
    );
  }
  return roles;
}

/** Parameters and training length of a row; null where the file says nothing about them. */
export function readScale(
  records: Records,
  r: number,
  columns: ScaleColumns,
  run: string,
  settings: ReadSettings,
): { size: number | null; tokens: number | null } {
  const cell = columns.size >= 0 ? records.rows[r]![columns.size]! : null;
  const size = findSize(settings.sizes, records.path, cell, run);
  if (cell !== null && size === null) {
    throw new UnusableInput(
      `${records.path}: row ${r + 1}: "${records.header[columns.size]}" must be a number of parameters such as 70e6 or ` +
        `70M; got "${cell}" (--size ${cell}=PARAMETERS says how many they are)`,
    );
  }
  const column = columns.tokens >= 0 ? columns.tokens : columns.step;
  if (column < 0) return { size, tokens: null };
  const value = readNumber(records, r, column, 'a positive number');
  if (!(value > 0)) {
    throw new UnusableInput(
      `${records.path}: row ${r + 1}: "${records.header[column]}" must be a positive number; got "${records.rows[r]![column]}"`,
    );
  }
  return { size, tokens: columns.tokens >= 0 ? value : value * (settings.tokensPerStep ?? 1) };
}

/** "0.25-0.75" as numbers; a minus sign inside an exponent (1e-05) is none between weights. */
function splitLabel(label: string): number[] {
  return label.split(/(?<!e)-/i).map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
}

/** Reads one loss per row: columns mixture ("r1-r2-…"), domain (the validation set) and loss; run and step are welcome. */
export function readLong(records: Records, settings: ReadSettings): ReadFile {
  const { path, header, rows } = records;
  const column = (names: string[]) => findColumn(header, names);
  const [mixture, target, loss, run] = [
    column(['mixture', 'weights', 'ratio', 'ratios']),
    column(['domain', 'target', 'validation', 'metric']),
    column(['loss', 'value']),
    column(['run', 'run_id', 'name', 'index']),
  ];
  const scale = scaleColumns(header);
  const parsed = new Map<string, readonly number[] | null>();
  const notes: string[] = [];
  let domains: readonly string[] | undefined = settings.domains;
  const parseLabel = (label: string, r: number) => {
    const known = parsed.get(label);
    if (known !== undefined) return known;
    const numbers = splitLabel(label);
    if (numbers.length < 2 || numbers.some((value) => Number.isNaN(value))) {
      throw new UnusableInput(
        `${path}: row ${r + 1}: "${header[mixture]}" must be weights joined by "-", such as 0.25-0.75; got "${label}"`,
      );
    }
    domains ??= numbers.map((_, i) => `domain ${i + 1}`);
    if (numbers.length !== domains.length) {
      throw new UnusableInput(
        `${path}: row ${r + 1}: "${header[mixture]}" must hold ${countOf(domains.length, 'weight')} (${listSome(domains)}); ` +
          `got "${label}"`,
      );
    }
    let weights: readonly number[] | null;
    try {
      const read = normaliseWeights(domains, numbers);
      weights = read.weights;
      if (read.renormalised)
        notes.push(`${path}: mixture ${label} sums to ${read.sum.toFixed(4)} and was renormalised`);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      if (error.code !== 'WEIGHTS_SUM')
        throw new UnusableInput(`${path}: row ${r + 1}: ${error.message}`, { cause: error });
      weights = null;
      notes.push(
        `${path}: mixture ${label} (run ${run >= 0 ? rows[r]![run] : r + 1}) sums to ${String(error.details.value)}, more ` +
          `than ${SUM_TOLERANCE} from 1: which weight is wrong cannot be told, so its weights are not used; its losses over steps are`,
      );
    }
    parsed.set(label, weights);
    return weights;
  };
  const losses: ReadLoss[] = [];
  const missing: string[] = [];
  for (let r = 0; r < rows.length; r++) {
    const label = rows[r]![mixture]!;
    const weights = parseLabel(label, r);
    const name = run >= 0 ? rows[r]![run]! : label;
    const value =
      loss >= 0 ? readNumber(records, r, loss, 'a number, or empty or nan where it was not measured') : Number.NaN;
    if (Number.isNaN(value) && !settings.lossesOptional) {
      missing.push(`row ${r + 1} (${name}, ${rows[r]![target]})`);
      continue;
    }
    losses.push({
      key: weights ? weights.map((w) => Math.round(w * 1e9)).join(' ') : `label ${label}`,
      label: name,
      weights,
      ...readScale(records, r, scale, name, settings),
      target: rows[r]![target]!,
      loss: value,
      place: String(r + 1),
    });
  }
  if (missing.length > 0)
    notes.push(`${path}: ${countOf(missing.length, 'missing loss cell')} left out: ${listSome(missing)}`);
  const named = settings.domains ? '' : ' (--domains a,b,… names them)';
  const roles = [
    `mixture: column "${header[mixture]}", ${countOf(domains!.length, 'domain')}${named}`,
    `targets: column "${header[target]}"`,
    ...(loss >= 0 ? [`losses: column "${header[loss]}"`] : []),
    ...describeScaleColumns(records, scale, settings),
  ];
  return { format: 'long', domains: domains!, losses, roles, notes };
}

/** Whether a header is that of a long file. */
export function isLong(header: readonly string[]): boolean {
  return (
    findColumn(header, ['mixture', 'weights', 'ratio', 'ratios']) >= 0 &&
    findColumn(header, ['domain', 'target', 'validation', 'metric']) >= 0
  );
}
