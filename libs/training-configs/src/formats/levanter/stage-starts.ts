import { InvalidInputError } from '#libs/simplex';
import { requireStartSteps, stepsOfRun } from '../../export/steps.js';
import type { ExportPlan } from '../../format.js';

/**
 * The steps at which the mixture changes: Levanter changes it where a block ends, so step × batch must be a multiple of
 * the block. A start that is none moves to the nearest step that is, and that is said.
 */
export function stageStarts(plan: ExportPlan, block: number): { starts: number[]; warnings: string[] } {
  const { phases, options } = plan;
  if (phases.length === 1) return { starts: [0], warnings: [] };
  const batch = options.number('batchSize');
  if (batch === undefined) {
    throw new InvalidInputError(
      'EXPORT_OPTION',
      `levanter changes the mixture where a block of ${block} sequences ends: to know at which step that is, give batchSize`,
      { argument: 'batchSize', allowed: 'a whole number above 0' },
    );
  }
  const wanted = requireStartSteps('levanter', plan);
  const steps = stepsOfRun(plan)!;
  const stride = block / commonDivisor(block, batch);
  const starts: number[] = [];
  const warnings: string[] = [];
  wanted.forEach((step, i) => {
    const { name } = phases[i]!;
    const before = starts[i - 1];
    const start = i === 0 ? 0 : Math.max(before! + stride, Math.round(step / stride) * stride);
    if (start >= steps) {
      throw new InvalidInputError(
        'PHASES',
        `phase "${name}" cannot begin at a step of its own: with blocks of ${block} sequences and ${batch} sequences a step ` +
          `the mixture can change every ${stride} steps, and the run has ${steps}. A smaller block, with the option ` +
          '"blockSize", allows more',
        { argument: 'blockSize', value: start, allowed: `a start below step ${steps}` },
      );
    }
    starts.push(start);
    if (start !== step) {
      warnings.push(
        `phase ${name} begins at step ${start} instead of ${step}: Levanter changes the mixture where a block of ${block} ` +
          `sequences ends, which is every ${stride} steps of ${batch} sequences`,
      );
    }
  });
  return { starts, warnings };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
