// Optimizer steps: what most trainers count when they change the mixture in a run.
import { InvalidInputError } from '#libs/simplex';
import type { ExportPlan, RunInPhases } from '../format.js';

/** Steps of the run: the option trainSteps, else targetTokens / (batchSize × sequenceLength); null if neither is known. */
export function stepsOfRun({ options, targetTokens }: Pick<RunInPhases, 'options' | 'targetTokens'>): number | null {
  const given = options.number('trainSteps');
  if (given !== undefined) return given;
  const batch = options.number('batchSize');
  const length = options.number('sequenceLength');
  if (targetTokens === undefined || batch === undefined || length === undefined) return null;
  return Math.ceil(targetTokens / (batch * length));
}

/** A run whose steps and tokens disagree by more than this has been described wrongly. */
const DISAGREEMENT = 0.01;

/** Says that steps and tokens do not belong to one run, where both are given: phases follow the one, epochs the other. */
export function stepsAgainstTokens({ options, targetTokens }: Pick<RunInPhases, 'options' | 'targetTokens'>): string[] {
  const [steps, batch, length] = ['trainSteps', 'batchSize', 'sequenceLength'].map((name) => options.number(name));
  if (targetTokens === undefined || !steps || !batch || !length) return [];
  const tokens = steps * batch * length;
  if (Math.abs(tokens - targetTokens) <= DISAGREEMENT * targetTokens) return [];
  return [
    `${steps} steps of ${batch} sequences of ${length} tokens are ${tokens} tokens, but the run has ${targetTokens}: the ` +
      'epochs stated are those of the latter',
  ];
}

/** Steps of the one phase of a plan, for formats that hold one mixture a run; null if the run's are not known. */
export function stepsOfPhase({ proposal, phases, ...run }: ExportPlan): number | null {
  const steps = stepsOfRun(run);
  if (steps === null) return null;
  const index = proposal.phases.findIndex(({ start }) => start === phases[0]!.start);
  const boundary = (i: number) => Math.round((proposal.phases[i]?.start ?? 1) * steps);
  return boundary(index + 1) - boundary(index);
}

/**
 * The step at which each phase begins, from 0; null if the length of the run in steps is not known.
 * Throws InvalidInputError PHASES where a phase has no step of its own.
 */
export function startSteps(run: RunInPhases): number[] | null {
  const steps = stepsOfRun(run);
  if (steps === null) return null;
  const starts = run.phases.map(({ start }) => Math.round(start * steps));
  starts.forEach((start, i) => {
    const end = starts[i + 1] ?? steps;
    if (start < end) return;
    throw new InvalidInputError(
      'PHASES',
      `phase "${run.phases[i]!.name}" would last no step: the run has ${steps} steps, and it would go from ${start} to ${end}`,
      { argument: 'phases', value: start, allowed: 'phases of at least one optimizer step' },
    );
  });
  return starts;
}

/** As `startSteps`, for formats that cannot do without. Throws InvalidInputError EXPORT_OPTION when steps are not known. */
export function requireStartSteps(format: string, run: RunInPhases): number[] {
  const starts = startSteps(run);
  if (starts) return starts;
  throw new InvalidInputError(
    'EXPORT_OPTION',
    `${format} starts phases at optimizer steps: give trainSteps, or batchSize and sequenceLength with targetTokens`,
    { argument: 'trainSteps', allowed: 'a whole number above 0' },
  );
}
