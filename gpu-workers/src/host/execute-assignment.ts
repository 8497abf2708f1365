import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Assignment, type AssignmentFile, type Loss, toJsonFloat } from '#libs/contracts';
import type { ReportOutbox } from '#libs/sweeps';
import { AttemptReports, type ReportTiming } from './attempt-reports.js';
import { printable } from './output-tail.js';
import { resolveSource, SourceError } from './resolve-source.js';
import { runTrainer, type TrainerLimits, type TrainerOutcome } from './run-trainer.js';
import { trainerEnvironment } from './trainer-environment.js';
import type { TrainerEntry, TrainerManifest } from './trainer-manifest.js';
import { makeRunFolder } from './work-folder.js';

export interface WorkerIdentity {
  workerId: string;
  dataRoot: string;
  workDir: string;
  trainers: TrainerManifest;
  limits: TrainerLimits;
  reportTiming: ReportTiming;
}

/** What the worker learns about itself: `sick` failures are those which the run did not cause. */
export type ExecutionEnd = 'done' | 'stopped' | 'released' | 'failed' | 'sick';

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
): Promise<ExecutionEnd> {
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
  let outcome: TrainerOutcome;
  try {
    outcome = await train(assignment, worker, eitherEnd, reports, log);
  } catch (error) {
    outcome = asFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
  if (signals.stop.aborted) {
    log.info({ reason: String(signals.stop.reason) }, 'stopped: the API has decided about this attempt');
    return 'stopped';
  }
  return reportEnd(outcome, reports, log);
}

async function train(
  assignment: Assignment,
  worker: WorkerIdentity,
  stop: AbortSignal,
  reports: AttemptReports,
  log: Logger,
): Promise<TrainerOutcome> {
  const entry = findTrainer(worker.trainers, assignment.trainer.name);
  const domains: AssignmentFile['domains'] = [];
  for (const domain of assignment.domains) {
    domains.push({ name: domain.name, path: await resolveSource(worker.dataRoot, domain), weight: domain.weight });
  }
  const folder = await makeRunFolder(worker.workDir);
  try {
    const file: AssignmentFile = {
      runId: assignment.runId,
      attempt: assignment.attempt,
      seed: assignment.seed,
      parameters: assignment.trainer.parameters,
      domains,
    };
    const assignmentPath = join(folder, 'assignment.json');
    await writeFile(assignmentPath, JSON.stringify(file));
    return await runTrainer({
      entry,
      assignmentPath,
      folder,
      environment: trainerEnvironment(process.env),
      limits: worker.limits,
      stop,
      onMessage: (message) => {
        if (message.type === 'backend') {
          log.info({ backend: message.name, reason: message.reason }, 'backend chosen');
          void reports.send({ type: 'backend', backend: message.name, reason: printable(message.reason) });
        } else {
          const { losses, trainLoss, ...rest } = message;
          reports.progress(
            { ...rest, trainLoss: toJsonFloat(trainLoss), losses: losses && encodeLosses(losses) },
            performance.now(),
          );
        }
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      log.warn({ err: error }, 'the folder of this attempt could not be removed'),
    );
  }
}

/** Wrong with this worker, not with the run: another worker may do it. */
class WorkerFault extends Error {}

function findTrainer(trainers: TrainerManifest, name: string): TrainerEntry {
  const entry = Object.hasOwn(trainers, name) ? trainers[name] : undefined;
  if (entry === undefined) {
    const known = Object.keys(trainers).join(', ') || 'none';
    throw new WorkerFault(`this worker has no trainer "${name}"; it knows: ${known}`);
  }
  if (!existsSync(entry.script)) {
    throw new WorkerFault(`the program of trainer "${name}" is not built on this worker`);
  }
  return entry;
}

function asFailure(error: unknown): TrainerOutcome {
  const failure = { type: 'failed', stderrTail: '', saidByTrainer: false } as const;
  if (error instanceof SourceError) {
    const ours = error.rootMissing;
    return { ...failure, class: ours ? 'infrastructure' : 'data', message: error.message, saidByTrainer: !ours };
  }
  if (error instanceof WorkerFault) return { ...failure, class: 'infrastructure', message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  return { ...failure, class: 'infrastructure', message: `the run could not be prepared: ${code ?? message}` };
}

async function reportEnd(outcome: TrainerOutcome, reports: AttemptReports, log: Logger): Promise<ExecutionEnd> {
  switch (outcome.type) {
    case 'stopped':
      await reports.send({ type: 'released', reason: 'the worker shuts down' });
      log.info('released: the worker shuts down');
      return 'released';
    case 'result':
      await reports.send({ ...outcome, losses: encodeLosses(outcome.losses) });
      log.info({ tokens: outcome.tokens, seconds: outcome.seconds }, 'finished');
      return 'done';
    case 'diverged':
      await reports.send({ ...outcome, trainLoss: toJsonFloat(outcome.trainLoss), reason: printable(outcome.reason) });
      log.info({ step: outcome.step, reason: outcome.reason }, 'diverged');
      return 'done';
    case 'failed': {
      const { saidByTrainer, ...report } = outcome;
      await reports.send({ ...report, message: printable(report.message).slice(0, 4000) });
      log.warn({ class: report.class, stderrTail: report.stderrTail }, `failed: ${report.message}`);
      return saidByTrainer ? 'failed' : 'sick';
    }
  }
}

function encodeLosses(losses: Record<string, Loss>): Record<string, { natsPerToken: JsonLoss; bitsPerByte: JsonLoss }> {
  return Object.fromEntries(
    Object.entries(losses).map(([target, loss]) => [
      target,
      { natsPerToken: toJsonFloat(loss.natsPerToken), bitsPerByte: toJsonFloat(loss.bitsPerByte) },
    ]),
  );
}

type JsonLoss = ReturnType<typeof toJsonFloat>;
