import { type FittedTargetRecords, restoreTargets } from '#libs/computing';
import type { RunTable } from '#libs/run-tables';
import type { FittedTargets } from '#libs/surrogates';
import { UnusableInput } from '../../cli.errors.js';
import { readJsonInput } from '../../read-input.js';

/** Files of another version are refused rather than half understood. */
const FORMAT = 'cuvee-fit/1';

export interface FitProvenance {
  readonly model: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly folds: number;
  readonly codeVersion: string;
  readonly inputsHash: string;
}

/** What `cuvee fit --save` writes: the runs and everything needed to predict the very same numbers again. */
export interface FitFile {
  readonly format: typeof FORMAT;
  readonly domains: readonly string[];
  readonly runs: {
    readonly ids: readonly string[];
    readonly mixtures: readonly (readonly number[])[];
    /** Null where a run did not measure the target or diverged. */
    readonly losses: Readonly<Record<string, readonly (number | null)[]>>;
    readonly renormalised: number;
  };
  readonly fits: FittedTargetRecords;
  readonly provenance: FitProvenance;
}

export function toFitFile(runs: RunTable, fits: FittedTargetRecords, provenance: FitProvenance): FitFile {
  return {
    format: FORMAT,
    domains: runs.domains,
    runs: {
      ids: runs.ids,
      mixtures: runs.mixtures,
      losses: Object.fromEntries(
        Object.keys(fits).map((target) => [
          target,
          Array.from(runs.losses[target]!, (loss) => (Number.isNaN(loss) ? null : loss)),
        ]),
      ),
      renormalised: runs.renormalised,
    },
    fits,
    provenance,
  };
}

export interface ReadFitFile {
  readonly file: FitFile;
  readonly fits: FittedTargets;
}

/** Throws UnusableInput unless the file is one that this version wrote. */
export async function readFitFile(path: string): Promise<ReadFitFile> {
  const file = (await readJsonInput(path)) as Partial<FitFile> | null;
  if (file?.format !== FORMAT || !file.fits || !file.runs || !file.domains || !file.provenance) {
    throw new UnusableInput(`${path} is no fit of this version: "cuvee fit … --save FILE" writes one`);
  }
  try {
    return { file: file as FitFile, fits: restoreTargets(file.fits) };
  } catch (error) {
    throw new UnusableInput(`${path} is damaged: ${(error as Error).message}`, { cause: error });
  }
}
