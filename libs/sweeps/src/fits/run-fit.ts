import { toJsonDocument } from '#libs/contracts';
import { checkFitted } from '../check-settings.js';
import { contentHash } from '../content-hash.js';
import type { SweepContext } from '../context.js';
import type { FitRequest, FitRunner, FittedModels, ProposalOutcome } from '../ports/fit-runner.port.js';
import type { FitRecord, ProposalRecord, ProposalSettings, SweepRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';
import { FitInterrupted, FitWithdrawn, InvalidField } from '../sweeps.errors.js';
import { failSweep } from '../transitions/advance-sweep.js';
import { type GatheredEvidence, gatherEvidence, hashOf } from './gather-evidence.js';
import { HeldFit, leaseLength } from './hold-fit.js';

/** A fit that ends its process as often as this, for want of memory perhaps, would do so for ever. */
const mostLost = 3;

/** A fit that succeeded and its proposal, as the transaction sees them that records them. */
export interface RecordedFit {
  fit: FitRecord;
  proposal: ProposalRecord;
  outcome: ProposalOutcome;
  gathered: GatheredEvidence;
}

/**
 * queued → running → succeeded, failed or cancelled: fits the sweep's runs and proposes, away from the event loop. The
 * models, the diagnostics and the proposal are written in one transaction, in which `onRecorded` may write more. Where
 * the objective counts a target that could not be fitted, the fit of the others is kept without a proposal, and the
 * sweep that waits for one fails with that reason. Does nothing when somebody else works on the fit. Rejects with
 * FitInterrupted when the service stops; the fit is then queued again.
 */
export async function runFit(
  context: SweepContext,
  runner: FitRunner,
  sweep: SweepRecord,
  fitId: string,
  onRecorded: (tx: StoreTransaction, recorded: RecordedFit) => Promise<void> = async () => {},
): Promise<void> {
  const fit = await claim(context, fitId);
  if (!fit) return;
  if (fit.lost >= mostLost) {
    const reason = `it was begun ${fit.claim} times, and ${fit.lost} times the process that made it was lost`;
    return fail(context, fit, new Error(reason));
  }
  const held = new HeldFit(context, fit, sweep.targets.length);
  try {
    const gathered = await gatherEvidence(context, sweep);
    const computed = await compute(runner, held, gathered);
    await held.letGo();
    if ('failure' in computed) await fail(context, fit, computed.failure);
    else await record(context, fit, computed, gathered, onRecorded);
  } catch (error) {
    await held.letGo();
    if (error instanceof FitInterrupted) await giveBack(context, fit);
    // Whoever took the fit away has said what becomes of it.
    if (!(error instanceof FitWithdrawn)) throw error;
  }
}

interface Computed {
  inputsHash: string;
  diagnostics: Record<string, unknown>;
  models: FittedModels['models'];
  unfitted: FittedModels['unfitted'];
  /** Or why there is no proposal. */
  outcome: ProposalOutcome | { refused: string };
}

/** A failure is a verdict on the fit, which asking again would not change; other errors are thrown. */
async function compute(
  runner: FitRunner,
  held: HeldFit,
  { evidence }: GatheredEvidence,
): Promise<Computed | { failure: unknown }> {
  const { signal, fit } = held;
  const request: FitRequest = { evidence, settings: fit.settings };
  try {
    const inputsHash = hashOf(request);
    const { diagnostics, models, unfitted } = await runner.fit(request, {
      signal,
      onProgress: (progress) => held.report(progress),
    });
    held.proposes();
    // What cannot be stored is the fit's fault as well.
    const fitted = { inputsHash, models, unfitted, diagnostics: toJsonDocument(diagnostics, 'fits') };
    const { proposal } = fit.settings;
    const refused = refusalOf(proposal, unfitted);
    if (refused !== null) return { ...fitted, outcome: { refused } };
    const outcome = await runner.propose({ ...request, models, unfitted, proposal, inputsHash }, { signal });
    return { ...fitted, outcome: { ...outcome, document: toJsonDocument(outcome.document, 'proposal') } };
  } catch (error) {
    if (error instanceof FitInterrupted || signal.aborted) throw error;
    return { failure: error };
  }
}

function refusalOf(proposal: ProposalSettings, unfitted: FittedModels['unfitted']): string | null {
  try {
    checkFitted(proposal, unfitted);
    return null;
  } catch (error) {
    if (error instanceof InvalidField) return `No proposal was made: ${error.message}`;
    throw error;
  }
}

async function claim(context: SweepContext, fitId: string): Promise<FitRecord | null> {
  return context.store.transaction(async (tx) => {
    const now = context.now();
    const fit = await tx.claimFit(fitId, now, new Date(now.getTime() + leaseLength));
    if (fit) {
      const data = { fitId, state: 'running', refit: fit.refit, model: fit.model };
      await tx.appendEvent({ sweepId: fit.sweepId, type: 'fit', data });
    }
    return fit;
  });
}

async function record(
  context: SweepContext,
  fit: FitRecord,
  { inputsHash, diagnostics, models, unfitted, outcome }: Computed,
  gathered: GatheredEvidence,
  onRecorded: (tx: StoreTransaction, recorded: RecordedFit) => Promise<void>,
): Promise<void> {
  const now = context.now();
  const { id: fitId, sweepId, refit } = fit;
  const refused = 'refused' in outcome ? outcome.refused : null;
  const patch = {
    state: 'succeeded',
    reason: refused,
    progress: null,
    leaseUntil: null,
    runs: gathered.runs.length,
    leftOut: gathered.leftOut,
    runIds: gathered.runs.map(({ id }) => id),
    inputsHash,
    codeVersion: context.codeVersion,
    targets: diagnostics,
    unfitted,
    finishedAt: now,
  } as const;
  await context.store.transaction(
    async (tx) => {
      const sweep = await tx.lockSweep(sweepId);
      if (sweep === null) return;
      if (!(await tx.updateFit(fitId, { states: ['running'], claim: fit.claim }, patch))) return;
      await tx.insertFitModels(fitId, models);
      await tx.appendEvent({ sweepId, type: 'fit', data: { fitId, state: 'succeeded', refit, unfitted } });
      if ('refused' in outcome) {
        if (!refit && sweep.state === 'fitting') await failSweep(tx, sweep, outcome.refused, now);
        return;
      }
      const proposal = newProposal(context, fit, outcome);
      await tx.insertProposal(proposal);
      await tx.appendEvent({
        sweepId,
        type: 'proposal',
        data: { proposalId: proposal.id, fitId, abstained: outcome.abstained },
      });
      await onRecorded(tx, { fit: { ...fit, ...patch }, proposal, outcome, gathered });
    },
    { bulk: true },
  );
}

/** The outcome as a record of its own, with a hash that names its content. */
export function newProposal(
  context: SweepContext,
  { id, sweepId }: Pick<FitRecord, 'id' | 'sweepId'>,
  { weights, document }: ProposalOutcome,
): ProposalRecord {
  return {
    id: context.newId('proposal'),
    sweepId,
    fitId: id,
    hash: contentHash(document),
    weights,
    document,
    createdAt: context.now(),
  };
}

async function fail(context: SweepContext, fit: FitRecord, error: unknown): Promise<void> {
  const reason = `The fit failed: ${error instanceof Error ? error.message : String(error)}`;
  const now = context.now();
  await context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(fit.sweepId);
    const from = { states: ['running'], claim: fit.claim } as const;
    const patch = { state: 'failed', reason, progress: null, leaseUntil: null, finishedAt: now } as const;
    if (!sweep || !(await tx.updateFit(fit.id, from, patch))) return;
    await tx.appendEvent({ sweepId: fit.sweepId, type: 'fit', data: { fitId: fit.id, state: 'failed', reason } });
    if (!fit.refit && sweep.state === 'fitting') await failSweep(tx, sweep, reason, now);
  });
}

async function giveBack(context: SweepContext, fit: FitRecord): Promise<void> {
  await context.store.transaction((tx) =>
    tx.updateFit(
      fit.id,
      { states: ['running'], claim: fit.claim },
      { state: 'queued', progress: null, leaseUntil: null },
    ),
  );
}
