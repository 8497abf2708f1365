import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import type { Assignment } from '#libs/contracts';
import type { AssignmentSource, Consumption } from '#libs/sweeps';
import type { Consumers } from './consumers.js';
import { runQueueName } from './names.js';
import { ProblemLog } from './problem-log.js';
import { runMessageSchema } from './run-message.js';

export class BullAssignmentSource implements AssignmentSource {
  constructor(
    private readonly queue: Queue,
    private readonly consumers: Consumers,
  ) {}

  consume(concurrency: number, handler: (assignment: Assignment, stop: AbortSignal) => Promise<void>): Consumption {
    const log = new ProblemLog(runQueueName);
    const held = new Map<string, AbortController>();

    const processor = async (job: Job) => {
      const message = runMessageSchema.safeParse(job.data);
      if (!message.success) {
        log.warn(`a message that is not an assignment was dropped: ${z.prettifyError(message.error).slice(0, 500)}`);
        return;
      }
      const { assignment, stop } = message.data;
      const controller = new AbortController();
      held.set(job.id!, controller);
      if (stop !== undefined) controller.abort(stop);
      try {
        await handler(assignment, controller.signal);
      } finally {
        held.delete(job.id!);
      }
    };
    const { worker, consumption } = this.consumers.consume(runQueueName, processor, {
      concurrency,
      // An attempt goes to one worker only: the job of one that died is failed, never given to another.
      maxStalledCount: 0,
      maxStartedAttempts: 1,
    });
    worker.on('failed', (job, error) => log.error(new Error(`${job?.id}: ${error.message}`)));

    const poll = async () => {
      for (const [id, controller] of held) {
        const reason = controller.signal.aborted ? null : await this.reasonToStop(id);
        if (reason !== null) controller.abort(reason);
      }
    };
    let polling: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      polling = polling.then(poll).catch(log.error);
    }, this.consumers.timing.stopPoll);
    return {
      close: async () => {
        // The stops are still heard while the handlers under way come to their end.
        await consumption.close();
        clearInterval(timer);
        log.close();
        await polling;
      },
    };
  }

  private async reasonToStop(jobId: string): Promise<string | null> {
    const job = await this.queue.getJob(jobId);
    // A queue that lost its store, or a lock that lapsed while it was away, is no reason to throw the work away: nobody
    // else is given this attempt, and the API decides whether it still counts.
    if (!job) return null;
    const message = runMessageSchema.safeParse(job.data);
    if (message.success && message.data.stop !== undefined) return message.data.stop;
    if (job.deferredFailure || (await job.getState()) === 'failed') return 'the queue gave this attempt up';
    return null;
  }
}
