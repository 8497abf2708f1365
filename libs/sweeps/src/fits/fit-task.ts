import type { CreateFit, CreateProposal } from '#libs/contracts';
import type { FitTask, ProposalSettings, SweepRecord } from '../ports/records.js';

/** What a proposal is to be made with: what was asked for, over what the sweep says. */
export function proposalSettings(sweep: SweepRecord, asked: CreateProposal = {}): ProposalSettings {
  const { specification: specified } = sweep;
  return {
    objective: asked.objective ?? specified.objective,
    constraints: asked.constraints ?? specified.constraints,
    // Sweeps from before there was a choice name none.
    optimiser: asked.optimiser ?? specified.optimiser ?? 'auto',
    pareto: asked.pareto ?? specified.pareto,
    baseline: specified.baseline,
    samples: asked.samples ?? specified.fit.samples,
    top: asked.top ?? (asked.samples === undefined ? specified.fit.top : undefined),
    seed: asked.seed ?? specified.seed,
  };
}

export function fitTask(sweep: SweepRecord, asked: CreateFit = {}): FitTask {
  return {
    model: asked.model ?? sweep.specification.fit.model,
    folds: asked.folds ?? sweep.specification.fit.folds,
    seed: asked.seed ?? sweep.specification.seed,
    proposal: proposalSettings(sweep, asked),
  };
}
