import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { type Assignment, type Loss, toJsonFloat } from '#libs/contracts';
import { endsRun, type ReportOutbox } from '#libs/sweeps';
import { AttemptCheckpoints, type CheckpointSettings } from '../checkpoints/attempt-checkpoints.js';
import { AttemptReports, type ReportTiming } from './attempt-reports.js';
import { asFailure, chooseTrainer } from './choose-trainer.js';
import type { AttemptVerdict } from './circuit-breaker.js';
import { GpuSlots } from './gpu-slots.js';
import { keepDomains, keepTargets, targetsOf } from './known-targets.js';
import { printable } from './output-tail.js';
import { prepareAssignment } from './prepare-assignment.js';
import { runTrainer, type TrainerLimits, type TrainerOutcome } from './run-trainer.js';
import { runEnvironment } from './trainer-environment.js';
import type { TrainerManifest } from './trainer-manifest.js';
import type { PassingMessage } from './trainer-output.js';
import { makeRunFolder } from './work-folder.js';

export interface WorkerIdentity {
  workerId: string;
  dataRoot: string;
  workDir: string;
  trainers: TrainerManifest;
  limits: TrainerLimits;
  reportTiming: ReportTiming;
  /** None when absent. */
  gpus?: GpuSlots;
  /** None are kept when absent. */
  checkpoints?: CheckpointSettings;
}

/**
 * One attempt, from `started` to its last report. Never throws.
 * `stop`: the API has decided about this attempt; nothing more is reported. `shutdown`: this worker ends; the attempt
 * is reported as released, which does not count as a failure of the run.
 */
export async function executeAssignment(
  assignment: Assignment,
  worker: WorkerIdentity,
  outbox: ReportOutbox,
  signals: { stop: AbortSignal; shutdown: AbortSignal },
  logger: Logger,
): Promise<AttemptVerdict> {
  const { runId, attempt } = assignment;
  const log = logger.child({ runId, attempt });
  const reports = new AttemptReports(
    outbox,
    { runId, attempt, workerId: worker.workerId },
    signals.stop,
    worker.reportTiming,
    (message, error) => log.warn({ err: error }, message),
  );
  const eitherEnd = AbortSignal.any([signals.stop, signals.shutdown]);
  await reports.send({ type: 'started', host: hostname().slice(0, 200) });
  const heartbeat = setInterval(() => void reports.send({ type: 'heartbeat' }), (assignment.leaseSeconds * 1000) / 3);
  const begun = performance.now();
  const checkpoints = worker.checkpoints && new AttemptCheckpoints(worker.checkpoints, assignment, signals.stop, log);
  let outcome: TrainerOutcome;
  try {
    outcome = await train(assignment, worker, eitherEnd, reports, checkpoints, log);
  } catch (error) {
    outcome = asFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
  // Also while the end was being told: then the API has refused it, and the run belongs to somebody else.
  if (!signals.stop.aborted) await reports.send(endOf(outcome, begun));
  if (signals.stop.aborted) {
    log.info({ reason: String(signals.stop.reason) }, 'stopped: the API has decided about this attempt');
    if (endsRun(signals.stop.reason)) await checkpoints?.runEnded('without');
    return { type: 'stopped' };
  }
  const verdict = concludeAttempt(outcome, log);
  // After the report: a worker that dies before it leaves the run something to go on from.
  if (outcome.type === 'result') await checkpoints?.runEnded('result');
  if (outcome.type === 'diverged') await checkpoints?.runEnded('without');
  return verdict;
}

async function train(
  assignment: Assignment,
  worker: WorkerIdentity,
  stop: AbortSignal,
  reports: AttemptReports,
  checkpoints: AttemptCheckpoints | undefined,
  log: Logger,
): Promise<TrainerOutcome> {
  const slots = worker.gpus ?? new GpuSlots([]);
  const { entry, parameters, gpus } = chooseTrainer(assignment, worker.trainers, slots.most);
  const lease = await slots.acquire(gpus, stop);
  if (lease === null) return { type: 'stopped' };
  const folder = await makeRunFolder(worker.workDir);
  try {
    const assignmentPath = await prepareAssignment(assignment, parameters, folder, { ...worker, checkpoints });
    const outcome = await runTrainer({
      entry,
      assignmentPath,
      folder,
      environment: runEnvironment(process.env, entry, { folder, devices: lease.devices }),
      limits: worker.limits,
      stop,
      onMessage: (message) => pass(message, assignment, reports, checkpoints, log),
    });
    return outcome.type === 'result' ? checkResult(outcome, assignment, log) : outcome;
  } finally {
    lease.release();
    await checkpoints?.attemptEnded();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      log.warn({ err: error }, 'the folder of this attempt could not be removed'),
    );
  }
}

function pass(
  message: PassingMessage,
  assignment: Assignment,
  reports: AttemptReports,
  checkpoints: AttemptCheckpoints | undefined,
  log: Logger,
): void {
  switch (message.type) {
    case 'resumed':
      void reports.send(message);
      return;
    case 'checkpoint': {
      const { step, final = false } = message;
      checkpoints?.said(step, final, () => void reports.send({ type: 'checkpoint', step }));
      return;
    }
    case 'checkpoint-failed':
      checkpoints?.failed(message.step, printable(message.reason));
      return;
    case 'backend':
      log.info({ backend: message.name, reason: message.reason }, 'backend chosen');
      void reports.send({ type: 'backend', backend: message.name, reason: printable(message.reason) });
      return;
    case 'progress': {
      const { losses, trainLoss, ...rest } = message;
      const known = losses && keepTargets(losses, targetsOf(assignment)).kept;
      reports.progress(
        { ...rest, trainLoss: toJsonFloat(trainLoss), losses: known && encodeLosses(known) },
        performance.now(),
      );
    }
  }
}

/** A result counts when it holds every target; what nobody asked for is left out, and the log says so. */
function checkResult(
  result: Extract<TrainerOutcome, { type: 'result' }>,
  assignment: Assignment,
  log: Logger,
): TrainerOutcome {
  const { kept, missing, unknown } = keepTargets(result.losses, targetsOf(assignment));
  if (missing.length > 0) {
    const message = `the result lacks a loss for ${missing.slice(0, 20).join(', ')}`;
    return { type: 'failed', class: 'internal', message, stderrTail: '', saidByTrainer: true };
  }
  if (unknown.length > 0) {
    log.warn({ unknown: unknown.slice(0, 20) }, 'the result holds losses of what is no target: they are left out');
  }
  return { ...result, losses: kept, expertLoads: keepDomains(result.expertLoads, assignment) };
}

/** The last report of an attempt. */
function endOf(outcome: TrainerOutcome, begun: number): Parameters<AttemptReports['send']>[0] {
  switch (outcome.type) {
    case 'stopped':
      return { type: 'released', reason: 'the worker shuts down' };
    case 'result': {
      const seconds = outcome.seconds ?? (performance.now() - begun) / 1000;
      return { ...outcome, seconds, losses: encodeLosses(outcome.losses) };
    }
    case 'diverged':
      return { ...outcome, trainLoss: toJsonFloat(outcome.trainLoss), reason: printable(outcome.reason) };
    case 'failed': {
      const { saidByTrainer: _, ...report } = outcome;
      return { ...report, message: printable(report.message).slice(0, 4000) };
    }
  }
}

function concludeAttempt(outcome: TrainerOutcome, log: Logger): AttemptVerdict {
  switch (outcome.type) {
    case 'stopped':
      log.info('released: the worker shuts down');
      return { type: 'released' };
    case 'result':
      log.info({ tokens: outcome.tokens, seconds: outcome.seconds }, 'finished');
      return { type: 'done' };
    case 'diverged':
      log.info({ step: outcome.step, reason: outcome.reason }, 'diverged');
      return { type: 'done' };
    case 'failed': {
      const { message, saidByTrainer, stderrTail } = outcome;
      log.warn({ class: outcome.class, stderrTail }, `failed: ${message}`);
      return { type: 'failed', class: outcome.class, message, saidByTrainer };
    }
  }
}

function encodeLosses(
  losses: Record<string, Loss>,
): Record<string, { natsPerToken: JsonLoss; bitsPerByte: JsonLoss | null }> {
  return Object.fromEntries(
    Object.entries(losses).map(([target, loss]) => [
      target,
      {
        natsPerToken: toJsonFloat(loss.natsPerToken),
        bitsPerByte: loss.bitsPerByte === null ? null : toJsonFloat(loss.bitsPerByte),
      },
    ]),
  );
}

type JsonLoss = ReturnType<typeof toJsonFloat>;
