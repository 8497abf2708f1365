import { toJsonDocument } from '#libs/contracts';
import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import { objectiveOf, objectiveWeights } from './objective-value.js';
import type { FitOutcome, FitRequest, FitRunner } from './ports/fit-runner.port.js';
import type { CorpusRecord, RunRecord, SweepRecord } from './ports/records.js';
import { newRun } from './submit-sweep.js';
import { FitInterrupted } from './sweeps.errors.js';
import { failSweep } from './transitions/advance-sweep.js';

interface Evidence {
  corpus: CorpusRecord;
  /** Succeeded design runs by index: the order, and so the fit, does not depend on which finished first. */
  runs: RunRecord[];
  losses: Record<string, number>[];
  leftOut: number;
}

/**
 * fitting → confirming: fits the design runs, proposes, and opens the confirmation round, in one transaction at the
 * end. Called again for a sweep that is no longer fitting, it does nothing.
 */
export async function fitSweep(context: SweepContext, runner: FitRunner, sweep: SweepRecord): Promise<void> {
  const evidence = await gather(context, sweep);
  const request = requestOf(sweep, evidence);
  let outcome: FitOutcome;
  try {
    outcome = await runner.run(request);
    // What cannot be stored is the fit's fault as well, and asking again would not mend it.
    toJsonDocument(outcome.document, 'proposal');
    toJsonDocument(outcome.fits, 'fits');
  } catch (error) {
    if (error instanceof FitInterrupted) throw error;
    const reason = `The fit failed: ${error instanceof Error ? error.message : String(error)}`;
    await context.store.transaction(async (tx) => {
      const current = await tx.lockSweep(sweep.id);
      if (current?.state === 'fitting') await failSweep(tx, current, reason, context.now());
    });
    return;
  }
  await record(context, sweep, evidence, request, outcome);
}

async function gather(context: SweepContext, sweep: SweepRecord): Promise<Evidence> {
  const corpus = await context.store.findCorpus(sweep.corpusId);
  if (!corpus) throw new Error(`sweep ${sweep.id} names a corpus that does not exist: ${sweep.corpusId}`);
  const design = await context.store.listRuns(sweep.id, { role: 'design', offset: 0, limit: 100_000 });
  const runs = design.runs.filter((run) => run.state === 'succeeded');
  const observations = await context.store.listObservations(runs.map((run) => run.id));
  const byRun = new Map(observations.map((observation) => [observation.runId, observation]));
  const losses = runs.map((run) => {
    const observed = byRun.get(run.id)?.losses ?? {};
    return Object.fromEntries(Object.entries(observed).map(([target, loss]) => [target, loss.natsPerToken]));
  });
  return { corpus, runs, losses, leftOut: design.runs.length - runs.length };
}

function requestOf(sweep: SweepRecord, { corpus, runs, losses }: Evidence): FitRequest {
  const domains = corpus.domains.map((domain) => domain.name);
  const { specification: specified } = sweep;
  const inputs = {
    domains,
    mixtures: runs.map((run) => [...run.weights]),
    losses: Object.fromEntries(domains.map((target) => [target, losses.map((loss) => loss[target] ?? Number.NaN)])),
    prior: [...sweep.prior],
    tokens: corpus.domains.map((domain) => domain.tokens),
    constraints: specified.constraints,
    objective: { targets: objectiveWeights(specified.objective, domains), combine: specified.objective.combine },
    fit: specified.fit,
    seed: specified.seed,
  };
  // The hash names what was fitted, not the identifiers of the runs: equal evidence has an equal hash.
  return { ...inputs, runIds: runs.map((run) => run.id), inputsHash: contentHash(inputs) };
}

async function record(
  context: SweepContext,
  sweep: SweepRecord,
  evidence: Evidence,
  request: FitRequest,
  outcome: FitOutcome,
): Promise<void> {
  const now = context.now();
  const fitId = context.newId('fit');
  const proposalId = context.newId('proposal');
  await context.store.transaction(async (tx) => {
    const current = await tx.lockSweep(sweep.id);
    if (current?.state !== 'fitting') return;
    await tx.insertFit({
      id: fitId,
      sweepId: sweep.id,
      model: outcome.model,
      seed: request.seed,
      runs: evidence.runs.length,
      leftOut: evidence.leftOut,
      inputsHash: request.inputsHash,
      codeVersion: context.codeVersion,
      targets: outcome.fits,
      createdAt: now,
    });
    await tx.insertProposal({
      id: proposalId,
      sweepId: sweep.id,
      fitId,
      hash: contentHash(outcome.document),
      weights: outcome.weights,
      document: outcome.document,
      createdAt: now,
    });
    await tx.updateSweep(sweep.id, ['fitting'], { state: 'confirming', fitId, proposalId });
    const rounds = await tx.listRounds(sweep.id);
    const roundId = context.newId('round');
    await tx.insertRound({ id: roundId, sweepId: sweep.id, index: rounds.length, kind: 'confirmation' });
    const designRuns = await tx.runsOfSweep(sweep.id, ['succeeded', 'failed', 'diverged', 'cancelled']);
    await tx.insertRuns(confirmationRuns(context, sweep, evidence, outcome, roundId, designRuns.length));
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'proposal',
      data: { proposalId, fitId, abstained: outcome.abstained },
    });
    await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'confirming' } });
  });
}

/** The run whose measured objective is lowest. */
function bestObserved(sweep: SweepRecord, { corpus, runs, losses }: Evidence): RunRecord {
  const targets = corpus.domains.map((domain) => domain.name);
  const values = losses.map((loss) => objectiveOf(sweep.specification.objective, targets, loss));
  return runs[values.indexOf(Math.min(...values))]!;
}

function confirmationRuns(
  context: SweepContext,
  sweep: SweepRecord,
  evidence: Evidence,
  outcome: FitOutcome,
  roundId: string,
  firstIndex: number,
): RunRecord[] {
  const domains = evidence.corpus.domains.map((domain) => domain.name);
  const arms = [
    // An abstention proposes nothing: its weights are the natural ones, which are trained anyway.
    ...(outcome.abstained === null
      ? [{ role: 'proposal' as const, weights: domains.map((name) => outcome.weights[name] ?? 0) }]
      : []),
    { role: 'best-observed' as const, weights: bestObserved(sweep, evidence).weights },
    { role: 'natural' as const, weights: sweep.prior },
    { role: 'uniform' as const, weights: domains.map(() => 1 / domains.length) },
  ];
  const { confirmation, maxAttempts, seed } = sweep.specification;
  // Fresh seeds, the same for every arm: differences are taken seed by seed. Seed by seed in the queue as well, so
  // that a sweep cut short still has pairs.
  return Array.from({ length: confirmation.seeds }, (_, k) => seed + 1 + k).flatMap((runSeed, k) =>
    arms.map(({ role, weights }, a) =>
      newRun(context, {
        sweepId: sweep.id,
        roundId,
        index: firstIndex + k * arms.length + a,
        role,
        weights,
        seed: runSeed,
        maxAttempts,
      }),
    ),
  );
}
