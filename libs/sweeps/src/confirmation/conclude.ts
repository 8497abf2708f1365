import type { Confirmation, PairedDifference } from '#libs/contracts';
import { pairedDifference } from './paired-difference.js';

export const arms = ['proposal', 'best-observed', 'natural', 'uniform', 'baseline'] as const;
export type Arm = (typeof arms)[number];

export interface ArmRun {
  arm: Arm;
  seed: number;
  /** The sweep's objective for this run, nats per token. */
  objective: number;
  /** Loss by target, nats per token. */
  losses: Record<string, number>;
}

export interface ConclusionInput {
  runs: readonly ArmRun[];
  weights: Record<Exclude<Arm, 'baseline'>, Record<string, number>>;
  /** Whether the uniform mixture respects the caps; proposal and best observed mixture do by construction. */
  uniformFeasible: boolean;
  /** The sweep's own baseline, where it has one. */
  baseline?: { name: string; weights: Record<string, number>; feasible: boolean } | undefined;
  /** Why no proposal was made, when none was. */
  abstained: string | null;
  /** At which the runs were trained, where it is not the one that the fit is of. */
  fidelity?: string | undefined;
  leftOut: Confirmation['leftOut'];
}

/**
 * What the confirmation runs support. The natural mixture is recommended unless another one beats it, i.e. the 95 %
 * interval of the paired difference lies above zero; the best measured mixture stands unless the proposal beats it.
 * A predicted optimum often loses to the best measured mixture, so equality goes to what was measured. A mixture that
 * breaks the caps is compared and never recommended.
 */
export function concludeConfirmation(input: ConclusionInput): Confirmation {
  const bySeed = new Map(arms.map((arm) => [arm, objectiveBySeed(input.runs, arm)]));
  const difference = (worse: Arm, better: Arm) => pairedDifference(bySeed.get(worse)!, bySeed.get(better)!);
  const beats = (challenger: Arm, incumbent: Arm) => (difference(incumbent, challenger)?.lower95 ?? -1) > 0;

  let recommended: Arm = 'natural';
  for (const challenger of ['uniform', 'baseline', 'best-observed', 'proposal'] as const) {
    if (!isFeasible(challenger, input)) continue;
    if (beats(challenger, recommended)) recommended = challenger;
  }
  const { baseline } = input;
  return {
    objective: Object.fromEntries(
      armsOf(input).map((arm) => [arm, mean([...bySeed.get(arm)!.values()])]),
    ) as Confirmation['objective'],
    seeds: [...new Set(input.runs.map((run) => run.seed))].sort((a, b) => a - b),
    losses: Object.fromEntries(
      arms
        .map((arm) => [arm, meanLosses(input.runs.filter((run) => run.arm === arm))] as const)
        .filter(([, losses]) => losses !== null),
    ) as Confirmation['losses'],
    naturalMinusProposal: difference('natural', 'proposal'),
    uniformMinusProposal: difference('uniform', 'proposal'),
    bestObservedMinusProposal: difference('best-observed', 'proposal'),
    ...(baseline && { baseline: baseline.name, baselineMinusProposal: difference('baseline', 'proposal') }),
    naturalMinusBestObserved: difference('natural', 'best-observed'),
    recommended,
    ...(input.fidelity !== undefined && { fidelity: input.fidelity }),
    weights: recommended === 'baseline' ? baseline!.weights : input.weights[recommended],
    statement: statementOf(input, recommended, difference),
    leftOut: input.leftOut,
  };
}

/** The arms that a sweep has: the last one only where its request names a baseline. */
function armsOf({ baseline }: Pick<ConclusionInput, 'baseline'>): readonly Arm[] {
  return baseline ? arms : arms.filter((arm) => arm !== 'baseline');
}

function isFeasible(arm: Arm, { uniformFeasible, baseline }: ConclusionInput): boolean {
  if (arm === 'baseline') return baseline?.feasible ?? false;
  return arm !== 'uniform' || uniformFeasible;
}

function objectiveBySeed(runs: readonly ArmRun[], arm: Arm): Map<number, number> {
  return new Map(runs.filter((run) => run.arm === arm).map((run) => [run.seed, run.objective]));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanLosses(runs: readonly ArmRun[]): Record<string, number> | null {
  const first = runs[0];
  if (!first) return null;
  return Object.fromEntries(
    Object.keys(first.losses).map((target) => [target, mean(runs.map((run) => run.losses[target]!))!]),
  );
}

function statementOf(
  input: ConclusionInput,
  recommended: Arm,
  difference: (worse: Arm, better: Arm) => PairedDifference | null,
): string {
  const { abstained, fidelity, baseline } = input;
  const names = {
    natural: 'natural',
    uniform: 'uniform',
    'best-observed': 'the best observed mixture',
    baseline: baseline?.name ?? 'the baseline',
  };
  const comparisons = (['natural', 'uniform', 'best-observed', 'baseline'] as const).flatMap((arm) => {
    const name = isFeasible(arm, input) ? names[arm] : `${names[arm]} (which breaks the caps)`;
    const against = difference(arm, 'proposal');
    return against === null ? [] : [comparison(name, against)];
  });
  const first =
    abstained !== null
      ? [`No proposal was made: ${abstained}`]
      : comparisons.length === 0
        ? ['Too few confirmation runs finished to compare the proposal with anything.']
        : comparisons;
  const at =
    fidelity === undefined
      ? []
      : [`Measured at ${fidelity}, another size than the fit's: its predictions do not apply.`];
  return [...first, ...at, `Recommended: ${recommended === 'baseline' ? names.baseline : recommended}.`].join(' ');
}

function comparison(baseline: string, { mean, standardError, lower95, upper95, pairs }: PairedDifference): string {
  const amount = `${Math.abs(mean).toFixed(4)} ± ${standardError.toFixed(4)} nats on the objective (${pairs} seed pairs)`;
  if (lower95 > 0) return `The proposal beats ${baseline} by ${amount}.`;
  if (upper95 < 0) return `The proposal loses to ${baseline} by ${amount}.`;
  return `The proposal and ${baseline} cannot be told apart: the proposal is ${mean >= 0 ? 'ahead' : 'behind'} by ${amount}.`;
}
