import { type CreateProposal, toJsonDocument } from '#libs/contracts';
import { checkFitted, checkProposalSettings } from '../check-settings.js';
import type { SweepContext } from '../context.js';
import { checkingField } from '../invalid-input.js';
import type { FitRunner } from '../ports/fit-runner.port.js';
import type { ProposalRecord } from '../ports/records.js';
import { FitNotReady, NotFound } from '../sweeps.errors.js';
import { proposalSettings } from './fit-task.js';
import { gatherEvidence } from './gather-evidence.js';
import { newProposal } from './run-fit.js';

/** Another proposal from a fit that succeeded, without fitting again. `signal` ends it and rejects with its reason. */
export async function proposeAgain(
  context: SweepContext,
  runner: FitRunner,
  fitId: string,
  asked: CreateProposal,
  signal: AbortSignal,
): Promise<ProposalRecord> {
  const fit = await context.store.findFit(fitId);
  if (!fit) throw new NotFound('fit', fitId);
  const sweep = await context.store.findSweep(fit.sweepId);
  if (!sweep) throw new NotFound('sweep', fit.sweepId);
  const models = await context.store.fitModels(fitId);
  if (models.length === 0) throw new FitNotReady(fit);
  const { corpus, evidence } = await gatherEvidence(context, sweep, fit.runIds);
  const proposal = proposalSettings(sweep, asked);
  await checkProposalSettings(sweep, corpus, proposal);
  checkFitted(proposal, fit.unfitted);
  const outcome = await checkingField('', () =>
    runner.propose(
      {
        evidence,
        settings: fit.settings,
        proposal,
        models,
        unfitted: fit.unfitted,
        inputsHash: fit.inputsHash ?? '',
      },
      { signal },
    ),
  );
  const made = newProposal(context, fit, { ...outcome, document: toJsonDocument(outcome.document, 'proposal') });
  await context.store.transaction(async (tx) => {
    await tx.insertProposal(made);
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'proposal',
      data: { proposalId: made.id, fitId, abstained: outcome.abstained },
    });
  });
  return made;
}

/** The newest fit of a sweep from which a proposal can be made: its own one where there is one. */
export async function proposableFit(context: SweepContext, sweepId: string): Promise<string> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) throw new NotFound('sweep', sweepId);
  if (sweep.fitId !== null) return sweep.fitId;
  const fits = await context.store.listFits(sweepId);
  const made = fits.findLast((fit) => fit.state === 'succeeded');
  if (!made) throw new FitNotReady(fits.at(-1) ?? null);
  return made.id;
}
