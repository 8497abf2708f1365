import { type FittedTargetRecords, restoreTargets } from '#libs/computing';
import type { FittedTargets } from '#libs/surrogates';
import { UnusableInput } from '../../cli.errors.js';
import { readJsonInput } from '../../read-input.js';
import type { FitProvenance, FittedRuns } from './fit-runs.js';

/** Files of another version are refused rather than half understood. */
const FORMAT = 'cuvee-fit/1';

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
  /** Targets that were asked for and could not be fitted, with the reason; older files lack it. */
  readonly unfitted?: Readonly<Record<string, string>>;
  readonly provenance: FitProvenance;
}

export function toFitFile({ runs, records, unfitted, provenance }: FittedRuns): FitFile {
  return {
    format: FORMAT,
    domains: runs.domains,
    runs: {
      ids: runs.ids,
      mixtures: runs.mixtures,
      losses: Object.fromEntries(
        [...Object.keys(records), ...Object.keys(unfitted)].map((target) => [
          target,
          Array.from(runs.losses[target]!, (loss) => (Number.isFinite(loss) ? loss : null)),
        ]),
      ),
      renormalised: runs.renormalised,
    },
    fits: records,
    unfitted,
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
