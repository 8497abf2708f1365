import type { Assignment, Report, ReportInput } from '#libs/contracts';

export const RUN_QUEUE = Symbol('RunQueue');
export const FIT_QUEUE = Symbol('FitQueue');
export const REPORT_INBOX = Symbol('ReportInbox');
export const ASSIGNMENT_SOURCE = Symbol('AssignmentSource');
export const REPORT_OUTBOX = Symbol('ReportOutbox');

export interface AttemptKey {
  runId: string;
  attempt: number;
}

/** Reasons of a stop that ends the run itself: no attempt follows, and nobody will go on from its checkpoints. */
export const stopsOfRuns = {
  sweepCancelled: 'the sweep was cancelled',
  stoppedEarly: 'the run was stopped early',
} as const;

/** Whether a stop for this reason leaves no other attempt to come. */
export function endsRun(reason: unknown): boolean {
  return (Object.values(stopsOfRuns) as unknown[]).includes(reason);
}

/**
 * The doorbell for workers, rung by the API. A message may be lost with the queue's store; the reconciler then rings
 * again. One attempt is delivered to one worker at most: when that worker dies, the queue does not deliver it again
 * (the store opens the next attempt instead).
 */
export interface RunQueue {
  /** Adding the same attempt twice has no further effect. */
  enqueue(assignment: Assignment): Promise<void>;
  /** `gone`: neither waiting nor held, whether it was finished, lost or never added. */
  presence(key: AttemptKey): Promise<'waiting' | 'held' | 'gone'>;
  /** Takes a waiting attempt back, or asks the worker which holds it to stop. */
  requestStop(key: AttemptKey, reason: string): Promise<void>;
  ping(): Promise<void>;
}

/** Sweeps whose round has ended: ready to be fitted or concluded. Delivered at least once. */
export interface FitQueue {
  /** The same ticket twice has no further effect; a new ticket for the same sweep asks again. */
  enqueue(sweepId: string, ticket: number): Promise<void>;
  consume(handler: (sweepId: string) => Promise<void>): Consumption;
}

/** The API's end of the durable report queue: a handler that throws gets the report again later, with back-off. */
export interface ReportInbox {
  consume(handler: (report: Report) => Promise<void>): Consumption;
  /** Reports that wait to be read. */
  backlog(): Promise<number>;
}

/** The worker's end of the run queue. */
export interface AssignmentSource {
  /**
   * Calls `handler` for up to `concurrency` assignments at a time. `stop` aborts when the API asked for it or when the
   * queue no longer counts the job as ours; its reason is a string.
   */
  consume(concurrency: number, handler: (assignment: Assignment, stop: AbortSignal) => Promise<void>): Consumption;
}

/** Of a report that nobody will ever take as it is. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused';
}

/** The worker's end of the report queue. */
export interface ReportOutbox {
  /** Resolves once the report is durable. Rejects with ReportRefused where sending it again is of no use. */
  send(report: ReportInput): Promise<void>;
}

export interface Consumption {
  /** Stops taking work; resolves when the handlers under way have returned. */
  close(): Promise<void>;
}
