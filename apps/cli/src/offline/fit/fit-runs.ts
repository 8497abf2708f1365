import type { FittedTargetRecords } from '#libs/computing';
import { listSome, type RunTable, readLogProbabilities } from '#libs/run-tables';
import type { InvalidInputError } from '#libs/simplex';
import { MINIMUM_ROWS, readExpertTable } from '#libs/surrogates';
import { codeVersion } from '../../../../api/src/code-version.js';
import { UnusableInput } from '../../cli.errors.js';
import { readTextFile } from '../../read-text-file.js';
import { hashInputs } from '../inputs-hash.js';
import { parseRuns, type RunsOptions, readRunTexts } from '../runs-input.js';
import { blamingInput } from '../unusable-input.js';
import type { FitProvenance } from './fit-file.js';
import { fitWithProgress } from './fit-with-progress.js';

export interface ModelOptions {
  model: string;
  set?: Record<string, number>;
  experts?: string[];
  folds: number;
  seed: number;
}

export interface FittedRuns {
  readonly runs: RunTable;
  readonly records: FittedTargetRecords;
  readonly provenance: FitProvenance;
}

/** Reads the runs, then fits the targets that `choose` picks of those there are. */
export async function fitRuns(
  options: RunsOptions & ModelOptions,
  choose: (runs: RunTable, lossesLabel: string) => Promise<readonly string[]>,
): Promise<FittedRuns> {
  const read = await readRunTexts(options);
  const runs = await parseRuns(read);
  const targets = await choose(runs, read.lossesLabel);
  assertEnoughRuns(runs, targets, read.lossesLabel);
  const { model, set: parameters, seed, folds } = options;
  const experts = await readExperts(options.experts, runs.domains);
  const losses = Object.fromEntries(targets.map((target) => [target, runs.losses[target]!]));
  const request = { mixtures: runs.mixtures, losses, options: { model, parameters, experts, seed, folds } };
  const records = await blamingInput(
    () => fitWithProgress(request),
    (error) => optionAtFault(options, error) ?? read.lossesLabel,
  );
  const texts = Object.entries(read.texts).map(([role, { text }]) => [role, text]);
  const inputsHash = hashInputs({
    ...Object.fromEntries(texts),
    ...(experts ? { experts: JSON.stringify(experts) } : {}),
  });
  const provenance = { model, parameters: parameters ?? {}, seed, folds, codeVersion: codeVersion(), inputsHash };
  return { runs, records, provenance };
}

/** The option that a complaint is about, where it is not about the losses. */
function optionAtFault({ set = {} }: ModelOptions, { code, details }: InvalidInputError): string | undefined {
  if (code === 'MODEL_UNKNOWN') return '--model';
  const ofSetting = code === 'PARAMETER_UNKNOWN' || Object.hasOwn(set, String(details.argument));
  return ofSetting ? '--set' : undefined;
}

/** Each file's log-probabilities, as further inputs of every model; undefined where there are none. */
async function readExperts(paths: readonly string[] | undefined, domains: readonly string[]) {
  if (!paths) return undefined;
  return Promise.all(
    paths.map(async (path) => {
      const source = await readTextFile(path);
      const rows = await blamingInput(() => readLogProbabilities(source, domains));
      return blamingInput(() => readExpertTable(rows, domains.length), path);
    }),
  );
}

/** Said before any fit is begun, and of all targets at once. */
function assertEnoughRuns(runs: RunTable, targets: readonly string[], label: string): void {
  const counts = targets.map((target) => [target, runs.losses[target]!.filter(Number.isFinite).length] as const);
  const short = counts.filter(([, count]) => count < MINIMUM_ROWS);
  if (short.length === 0) return;
  const said = listSome(
    short.map(([target, count]) => `"${target}" has ${count === 1 ? '1 loss' : `${count} losses`}`),
  );
  const others = short.length < targets.length ? '; name the targets that have more with --target' : '';
  throw new UnusableInput(`${label}: ${said}; a fit needs at least ${MINIMUM_ROWS}${others}`);
}
