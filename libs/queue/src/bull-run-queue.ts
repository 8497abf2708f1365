import type { Queue } from 'bullmq';
import { type Assignment, assignmentSchema } from '#libs/contracts';
import type { AttemptKey, RunQueue } from '#libs/sweeps';
import { runJobId } from './names.js';
import type { RunMessage } from './run-message.js';

/** Finished jobs are remembered so that a late second message for the same attempt is recognised. */
const remembered = { removeOnComplete: { count: 5_000, age: 86_400 }, removeOnFail: { count: 5_000, age: 86_400 } };

export class BullRunQueue implements RunQueue {
  constructor(private readonly queue: Queue) {}

  async enqueue(assignment: Assignment): Promise<void> {
    const message: RunMessage = { assignment: assignmentSchema.parse(assignment) };
    await this.queue.add('run', message, { jobId: runJobId(assignment), attempts: 1, ...remembered });
  }

  async presence(key: AttemptKey): Promise<'waiting' | 'held' | 'gone'> {
    const job = await this.queue.getJob(runJobId(key));
    // The job of a worker that died waits once more, to be recorded as failed: nobody will get it.
    if (!job || job.deferredFailure) return 'gone';
    const state = await job.getState();
    if (state === 'active') return 'held';
    return state === 'waiting' ? 'waiting' : 'gone';
  }

  async requestStop(key: AttemptKey, reason: string): Promise<void> {
    // A worker may take the job between the question and the answer; the second round then finds it held.
    for (let trial = 0; trial < 3; trial++) {
      const presence = await this.presence(key);
      if (presence === 'gone') return;
      if (presence === 'waiting' && (await this.remove(key))) return;
      if (presence === 'held') {
        const job = await this.queue.getJob(runJobId(key));
        const message = job?.data as RunMessage | undefined;
        // The first reason stands: a report that arrives after it finds the attempt stale, and says less.
        if (message && message.stop === undefined) await job?.updateData({ ...message, stop: reason });
        return;
      }
    }
  }

  private async remove(key: AttemptKey): Promise<boolean> {
    return (await this.queue.remove(runJobId(key))) === 1;
  }

  async ping(): Promise<void> {
    await this.queue.getJobState('ping');
  }
}
