// Makes a Surrogate of a family of laws: fit (ridge chosen by leave-one-out when not given), standard errors by the
// delta method, state and restore.
import { checkMixtures, readParameters } from '../check-rows.js';
import type { FittedSurrogate, ParameterSpec, Surrogate, SurrogateState } from '../surrogate.js';
import { fitLaw, type LawFit } from './fit-law.js';
import type { Law, LawProblem } from './law.js';
import { type LawData, readLawData } from './law-data.js';
import { lawStandardErrors, lawUncertainty, type Uncertainty } from './uncertainty.js';

/** Settings every law has. */
export const lawParameters = {
  huberDelta: {
    default: 0.5,
    above: 0,
    meaning: 'residuals beyond this many standard deviations of the losses count linearly',
  },
  ridge: {
    default: null,
    min: 0,
    meaning:
      'pull of the parameters towards a flat law, in squared standardised losses; by default the strength of least leave-one-out error',
  },
  starts: { default: 3, min: 1, max: 100, integer: true, meaning: 'starting points followed to the end' },
  maxIterations: { default: 500, min: 1, integer: true, meaning: 'most iterations from each start' },
} as const satisfies Record<string, ParameterSpec>;

export type LawSettings = Readonly<Record<string, number | null>>;

/** What distinguishes one family of laws from another. */
export interface LawFamily {
  readonly name: string;
  readonly summary: string;
  /** The common settings, with this family's defaults, and its own. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Fewest rows for m domains: below, `fit` throws TOO_FEW_ROWS. */
  minimumRows(domains: number, settings: LawSettings): number;
  /** Free numbers of the law for m domains, after its redundancies: fewer rows than that are reported. */
  freeParameters(domains: number): number;
  /**
   * Gauss–Newton steps to begin with: none for a law whose objective is a plain bowl, tens for one whose parameters
   * trade against each other.
   */
  readonly approach: number;
  place(data: LawData, settings: LawSettings): LawProblem;
  /** The law of `constants()`. */
  rebuild(constants: SurrogateState): Law;
}

/** Strengths tried when `ridge` is not given, strongest first: each fit starts from the one before. */
const RIDGES = [1, 0.1, 0.01, 1e-3, 1e-4];
const PATH_TOLERANCE = 1e-6;
const FINAL_TOLERANCE = 1e-9;

interface LawState {
  readonly theta: readonly number[];
  readonly constants: SurrogateState;
  readonly domains: number;
  readonly spread: number;
  /** The one loss that all rows have; null when they differ. */
  readonly constant: number | null;
  readonly uncertainty: Uncertainty;
  readonly settings: LawSettings;
  readonly outcome: { converged: boolean; reason: string; iterations: number; residual: number; runs: number };
}

interface Chosen {
  readonly fit: LawFit;
  readonly ridge: number;
  readonly uncertainty: Uncertainty;
}

/** The ridge given, or the one of least leave-one-out error along the path, each fit starting from the last. */
function chooseFit(
  { approach }: LawFamily,
  problem: LawProblem,
  data: LawData,
  settings: LawSettings,
  warm: Float64Array | undefined,
): Chosen {
  const delta = settings.huberDelta!;
  const maxIterations = settings.maxIterations!;
  const at = (ridge: number, starts: number, tolerance: number, from: Float64Array | undefined): Chosen => {
    const fit = fitLaw(problem, data, { delta, ridge, starts, maxIterations, approach, tolerance }, from);
    return { fit, ridge, uncertainty: lawUncertainty(problem, data, fit.theta, ridge) };
  };
  if (settings.ridge !== null) return at(settings.ridge!, settings.starts!, FINAL_TOLERANCE, warm);
  let best: Chosen | null = null;
  let from = warm;
  let iterations = 0;
  for (const ridge of RIDGES) {
    const tried = at(ridge, 1, PATH_TOLERANCE, from);
    iterations += tried.fit.iterations;
    from = tried.fit.theta;
    if (best === null || tried.uncertainty.leaveOneOut < best.uncertainty.leaveOneOut) best = tried;
  }
  const final = at(best!.ridge, settings.starts!, FINAL_TOLERANCE, best!.fit.theta);
  return { ...final, fit: { ...final.fit, iterations: iterations + final.fit.iterations } };
}

/** A constant target asks nothing of the parameters: the law stays at its first start. */
function unfitted(problem: LawProblem, data: LawData, settings: LawSettings): Chosen {
  const theta = problem.starts[0]!;
  const ridge = settings.ridge ?? RIDGES[0]!;
  const fit = { theta, value: 0, converged: true, reason: 'the target is constant', iterations: 0 };
  return { fit, ridge, uncertainty: lawUncertainty(problem, data, theta, ridge) };
}

/**
 * The surrogate of a family. The same rows from the same start give the same numbers; from a warm start they differ by
 * the tolerance, unless the law has several minima (M4 without a ridge, the product form).
 */
export function parametricSurrogate(family: LawFamily): Surrogate {
  const revive = (state: LawState): FittedSurrogate => {
    const law = family.rebuild(state.constants);
    const theta = Float64Array.from(state.theta);
    const { outcome, uncertainty, domains, constant } = state;
    return {
      name: family.name,
      converged: outcome.converged,
      reason: outcome.reason,
      iterations: outcome.iterations,
      residual: outcome.residual,
      freeParameters: family.freeParameters(domains),
      predict(mixtures) {
        checkMixtures(mixtures, domains);
        return Float64Array.from(mixtures, (p) => constant ?? law.value(theta, law.prepare(p), null));
      },
      standardErrors(mixtures) {
        checkMixtures(mixtures, domains);
        if (constant !== null) return new Float64Array(mixtures.length);
        return lawStandardErrors(law, theta, mixtures, state.spread, uncertainty);
      },
      describe: () => ({
        ...state.settings,
        ...law.describe(theta),
        noise: uncertainty.noise,
        effectiveParameters: uncertainty.effectiveParameters,
      }),
      state: () => ({ ...state }),
    };
  };

  return {
    name: family.name,
    summary: family.summary,
    parameters: family.parameters,
    fit(mixtures, losses, given, warmStart) {
      const settings = readParameters(family.parameters, given);
      const raw = readLawData(mixtures, losses, (m) => family.minimumRows(m, settings));
      const problem = family.place(raw, settings);
      const data = { ...raw, rows: raw.rows.map((row) => problem.law.prepare(row)) };
      const warm = warmStart as LawState | undefined;
      const usable = warm?.theta?.length === problem.law.size ? Float64Array.from(warm.theta) : undefined;
      const constant = data.least === data.greatest ? data.least : null;
      const { fit, ridge, uncertainty } =
        constant === null ? chooseFit(family, problem, data, settings, usable) : unfitted(problem, data, settings);
      const n = data.rows.length;
      const needed = family.freeParameters(data.domains);
      let squared = 0;
      data.rows.forEach((p, r) => {
        const residual = (constant ?? problem.law.value(fit.theta, p, null)) - data.losses[r]!;
        squared += residual * residual;
      });
      return revive({
        theta: Array.from(fit.theta),
        constants: problem.law.constants(),
        domains: data.domains,
        spread: data.spread,
        constant,
        uncertainty,
        settings: { ...settings, ridge },
        outcome: {
          converged: fit.converged,
          reason:
            n < needed && constant === null
              ? `${fit.reason}; ${n} runs for ${needed} parameters, so the ridge decides in part`
              : fit.reason,
          iterations: fit.iterations,
          residual: Math.sqrt(squared / n),
          runs: n,
        },
      });
    },
    restore: (state) => revive(state as unknown as LawState),
  };
}
