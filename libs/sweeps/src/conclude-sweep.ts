import { readBaseline } from '#libs/proposals';
import { boundsOf } from './bounds.js';
import { fidelityNamed } from './complete-specification.js';
import { type ArmRun, arms, concludeConfirmation } from './confirmation/conclude.js';
import type { SweepContext } from './context.js';
import { fittedTargets, objectiveOf } from './objective-value.js';
import type { RunRecord, SweepRecord } from './ports/records.js';

/** confirming → completed, when no confirmation run is left unfinished. Called too early or again, it does nothing. */
export async function concludeSweep(context: SweepContext, sweep: SweepRecord): Promise<void> {
  const { byState } = await context.store.runCounts(sweep.id);
  if ((byState.waiting ?? 0) + (byState.queued ?? 0) + (byState.running ?? 0) > 0) return;
  const corpus = await context.store.findCorpus(sweep.corpusId);
  const proposal = sweep.proposalId === null ? null : await context.store.findProposal(sweep.proposalId);
  if (!corpus || !proposal) throw new Error(`sweep ${sweep.id} is confirming without a corpus or a proposal`);
  const found = await Promise.all(
    arms.map((role) => context.store.listRuns(sweep.id, { role, offset: 0, limit: 1000 })),
  );
  const runs = found.flatMap((arm) => arm.runs).sort((a, b) => a.index - b.index);
  const domains = corpus.domains.map((domain) => domain.name);
  const { admits } = await boundsOf(sweep.specification.constraints, corpus, sweep.prior);
  const { baseline } = sweep.specification;
  const given = baseline && readBaseline(domains, baseline);
  const weightsOf = (role: RunRecord['role']) => runs.find((run) => run.role === role)?.weights;
  const confirmation = concludeConfirmation({
    runs: await armRuns(context, sweep, runs),
    weights: {
      proposal: proposal.weights,
      'best-observed': byDomain(domains, weightsOf('best-observed')),
      natural: byDomain(domains, weightsOf('natural')),
      uniform: byDomain(domains, weightsOf('uniform')),
    },
    uniformFeasible: admits(domains.map(() => 1 / domains.length)),
    baseline: given && { name: baseline.name, weights: byDomain(domains, given), feasible: admits(given) },
    abstained: abstentionOf(proposal.document),
    fidelity: otherFidelity(sweep),
    leftOut: runs
      .filter((run) => run.state !== 'succeeded')
      .map((run) => ({ runId: run.id, role: run.role, reason: `${run.state}: ${run.reason ?? 'no reason given'}` })),
  });
  await context.store.transaction(async (tx) => {
    const current = await tx.lockSweep(sweep.id);
    const round = (await tx.listRounds(sweep.id)).find((candidate) => candidate.kind === 'confirmation');
    if (current?.state !== 'confirming' || !round || (await tx.countUnfinished(round.id)) > 0) return;
    await tx.updateSweep(sweep.id, ['confirming'], { state: 'completed', confirmation, finishedAt: context.now() });
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'confirmation',
      data: { recommended: confirmation.recommended, statement: confirmation.statement },
    });
    await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'completed' } });
  });
}

/** The name of the confirmation's fidelity unless it is the first one. */
function otherFidelity({ specification: { fidelities, confirmation } }: SweepRecord): string | undefined {
  return fidelityNamed(fidelities, confirmation?.fidelity) > 0 ? confirmation?.fidelity : undefined;
}

function byDomain(domains: readonly string[], weights: readonly number[] | undefined): Record<string, number> {
  return weights ? Object.fromEntries(domains.map((name, i) => [name, weights[i] ?? 0])) : {};
}

function abstentionOf(document: Record<string, unknown>): string | null {
  const abstained = document.abstained as { reason?: unknown } | null | undefined;
  return abstained ? String(abstained.reason) : null;
}

async function armRuns(context: SweepContext, sweep: SweepRecord, runs: readonly RunRecord[]): Promise<ArmRun[]> {
  const fit = sweep.fitId === null ? null : await context.store.findFit(sweep.fitId);
  const targets = fittedTargets(sweep, fit);
  const succeeded = runs.filter((run) => run.state === 'succeeded');
  const observations = await context.store.listObservations(succeeded.map((run) => run.id));
  const byRun = new Map(observations.map((observation) => [observation.runId, observation]));
  return succeeded.flatMap((run) => {
    const arm = arms.find((candidate) => candidate === run.role);
    const observation = byRun.get(run.id);
    if (!arm || !observation) return [];
    const losses = Object.fromEntries(
      targets.map((target) => [target, observation.losses[target]?.natsPerToken ?? Number.NaN]),
    );
    return [{ arm, seed: run.seed, losses, objective: objectiveOf(sweep.specification.objective, targets, losses) }];
  });
}
