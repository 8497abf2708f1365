import type { ProposalDocument, ProposeInput, ProposeProgress } from '#libs/proposals';
import type { FitDiagnostics, FitTargetsOptions, TargetFitRecord, Unfitted } from '#libs/surrogates';
import type { DesignTask } from '#libs/sweeps';
import type {
  CanonicalDomain,
  CanonicalProposal,
  CheckReport,
  ExportedFile,
  ExportOptions,
  ExportResult,
  ReadMixture,
} from '#libs/training-configs';
import type { FittedTargetRecords } from './fitted-target-records.js';
import type { Rows } from './packed-rows.js';
import type { PackedTargets } from './packed-targets.js';
import type { MixturePredictions, PredictTask } from './predict-mixtures.js';
import type { ReadRuns, ReadRunsTask } from './read-runs.js';

export interface FitTargetTask {
  readonly mixtures: Rows;
  readonly target: string;
  readonly losses: ArrayLike<number | null>;
  readonly options: Omit<FitTargetsOptions, 'onStep'>;
}

export interface ProposeTask extends Omit<ProposeInput, 'fits' | 'onProgress' | 'mixtures'> {
  readonly mixtures: Rows;
  readonly fits: FittedTargetRecords | PackedTargets;
}

export interface ExportTask {
  readonly proposal: CanonicalProposal;
  readonly format: string;
  readonly options: ExportOptions;
}

/** A configuration that a user has, and the domains its sources may stand for. */
export interface ConfigTask {
  readonly format: string;
  readonly file: ExportedFile;
  readonly domains: readonly CanonicalDomain[];
  readonly options: ExportOptions;
}

export interface FitStep {
  /** What is done now; null when nothing is left to do. */
  readonly step: string | null;
  /** With the last step: the target could not be fitted. */
  readonly unfitted?: boolean;
}

export interface PackedFit {
  readonly diagnostics: FitDiagnostics;
  readonly packed: Uint8Array;
}

/**
 * What runs in a thread: arithmetic that takes long, from plain data to plain data. Each loads what it needs, so that a
 * thread starts as fast as its work allows.
 */
export const computations = {
  async design(task: DesignTask, _report: (progress: never) => void): Promise<number[][]> {
    const { designMixtures } = await import('#libs/sweeps');
    return designMixtures(task);
  },

  /** Reports each step of the fit, and null when it is over. A target that cannot be fitted is an answer, no error. */
  async fitTarget(
    { mixtures, target, losses, options }: FitTargetTask,
    report: (progress: FitStep) => void,
  ): Promise<TargetFitRecord | Unfitted> {
    const [{ fitFiniteRows, orUnfitted }, { unpackRows }] = await Promise.all([
      import('#libs/surrogates'),
      import('./packed-rows.js'),
    ]);
    const onStep = (step: string): void => report({ step });
    onStep('starting');
    const rows = unpackRows(mixtures);
    const fitted = orUnfitted(() => fitFiniteRows(rows, target, losses, { ...options, onStep }).record());
    report({ step: null, unfitted: 'unfitted' in fitted });
    return fitted;
  },

  /** The same fit, packed where it was made: what is stored is not taken apart on the way. */
  async fitPackedTarget(task: FitTargetTask, report: (progress: FitStep) => void): Promise<PackedFit | Unfitted> {
    const [{ orUnfitted }, { packTarget }] = await Promise.all([
      import('#libs/surrogates'),
      import('./packed-targets.js'),
    ]);
    const fitted = await computations.fitTarget(task, report);
    if ('unfitted' in fitted) return fitted;
    return orUnfitted(() => ({ diagnostics: fitted.diagnostics, packed: packTarget(fitted) }));
  },

  async propose(
    { fits, mixtures, ...input }: ProposeTask,
    report: (progress: ProposeProgress) => void,
  ): Promise<ProposalDocument> {
    const [{ propose }, { unpackRows }, { restoreTargets }, { unpackTargets }] = await Promise.all([
      import('#libs/proposals'),
      import('./packed-rows.js'),
      import('./fitted-target-records.js'),
      import('./packed-targets.js'),
    ]);
    const rows = unpackRows(mixtures);
    return propose({ ...input, mixtures: rows, fits: restoreTargets(unpackTargets(fits)), onProgress: report });
  },

  async predict(task: PredictTask, _report: (progress: never) => void): Promise<MixturePredictions> {
    const [{ predictMixtures }, { restoreTargets }, { unpackTargets }] = await Promise.all([
      import('./predict-mixtures.js'),
      import('./fitted-target-records.js'),
      import('./packed-targets.js'),
    ]);
    return predictMixtures(restoreTargets(unpackTargets(task.fits)), task.mixtures);
  },

  async readRuns(task: ReadRunsTask, _report: (progress: never) => void): Promise<ReadRuns> {
    const { readRuns } = await import('./read-runs.js');
    return readRuns(task);
  },

  /** The trainer's sampler takes as many draws as are asked for, of any number of domains. */
  async exportProposal(task: ExportTask, _report: (progress: never) => void): Promise<ExportResult> {
    const { exportProposal } = await import('#libs/training-configs');
    return exportProposal(task.proposal, task.format, task.options);
  },

  /** Megabytes of a file of any content. */
  async checkConfig(task: ConfigTask, _report: (progress: never) => void): Promise<CheckReport> {
    const { checkConfig } = await import('#libs/training-configs');
    return checkConfig(task.format, task.file, task.domains, task.options);
  },

  async readMixture(
    task: ConfigTask & { readonly phase: string | undefined },
    _report: (progress: never) => void,
  ): Promise<ReadMixture> {
    const { readMixture } = await import('#libs/training-configs');
    return readMixture(task.format, task.file, task.domains, task.options, task.phase);
  },
};

export type Computations = typeof computations;
