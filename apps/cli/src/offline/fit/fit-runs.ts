import { codeVersion } from '#libs/code-version';
import type { FittedTargetRecords } from '#libs/computing';
import { type RunTable, readLogProbabilities } from '#libs/run-tables';
import type { InvalidInputError } from '#libs/simplex';
import { readExpertTable } from '#libs/surrogates';
import { readTextFile } from '../../read-text-file.js';
import { hashInputs } from '../inputs-hash.js';
import { parseRuns, type RunsOptions, readRunTexts } from '../runs-input.js';
import { blamingInput } from '../unusable-input.js';
import { fitWithProgress } from './fit-with-progress.js';

export interface ModelOptions {
  model: string;
  set?: Record<string, number>;
  experts?: string[];
  folds: number;
  seed: number;
}

export interface FitProvenance {
  readonly model: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly folds: number;
  readonly codeVersion: string;
  readonly inputsHash: string;
}

export interface FittedRuns {
  readonly runs: RunTable;
  readonly records: FittedTargetRecords;
  /** Why each of the other targets that were asked for could not be fitted. */
  readonly unfitted: Readonly<Record<string, string>>;
  readonly provenance: FitProvenance;
}

/** Reads the runs, then fits the targets that `choose` picks of those there are, as far as they can be fitted. */
export async function fitRuns(
  options: RunsOptions & ModelOptions,
  choose: (runs: RunTable, lossesLabel: string) => Promise<readonly string[]>,
): Promise<FittedRuns> {
  const read = await readRunTexts(options);
  const runs = await parseRuns(read);
  const targets = await choose(runs, read.lossesLabel);
  const { model, set: parameters, seed, folds } = options;
  const experts = await readExperts(options.experts, runs.domains);
  const losses = Object.fromEntries(targets.map((target) => [target, runs.losses[target]!]));
  const request = { mixtures: runs.mixtures, losses, options: { model, parameters, experts, seed, folds } };
  const { fits: records, unfitted } = await blamingInput(
    () => fitWithProgress(request),
    (error) => optionAtFault(options, error) ?? read.lossesLabel,
  );
  const texts = Object.entries(read.texts).map(([role, { text }]) => [role, text]);
  const inputsHash = hashInputs({
    ...Object.fromEntries(texts),
    ...(experts ? { experts: JSON.stringify(experts) } : {}),
  });
  const provenance = { model, parameters: parameters ?? {}, seed, folds, codeVersion: codeVersion(), inputsHash };
  return { runs, records, unfitted, provenance };
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
