import { leaseIdOf, type ReportInput, reportSchema } from '#libs/contracts';
import type { ReportOutbox } from '#libs/sweeps';
import type { HeldLeases } from './held-leases.js';
import { type LeaseClient, LeaseIsOver } from './lease-client.js';

/**
 * Sends reports over HTTP. Each answer may say that the lease is over: whoever works on it is then told to stop, and the
 * report counts as sent, since there is nothing to be gained by saying it again.
 */
export class HttpReportOutbox implements ReportOutbox {
  constructor(
    private readonly client: LeaseClient,
    private readonly held: HeldLeases,
  ) {}

  async send(report: ReportInput): Promise<void> {
    // Checked here too: what the other end would refuse is the sender's mistake, and the sender should know.
    reportSchema.parse(report);
    if (report.type === 'worker') return this.client.putWorker(report.worker);
    const id = leaseIdOf(report);
    try {
      await this.#send(id, report);
    } catch (error) {
      if (!(error instanceof LeaseIsOver)) throw error;
      this.held.stop(id, error.message);
    }
  }

  async #send(id: string, report: Exclude<ReportInput, { type: 'worker' }>): Promise<void> {
    const { runId: _run, attempt: _attempt, workerId, ...body } = report;
    const { type: _type, ...rest } = body;
    switch (report.type) {
      // The lease itself said so.
      case 'started':
        return;
      case 'heartbeat': {
        const { stop } = await this.client.heartbeat(id, workerId);
        if (stop !== null) this.held.stop(id, stop);
        return;
      }
      case 'result':
        await this.client.tell(id, 'complete', { workerId, ...rest });
        return this.held.over(id);
      case 'failed':
      case 'diverged':
        await this.client.tell(id, 'fail', { workerId, ...body });
        return this.held.over(id);
      case 'released':
        await this.client.tell(id, 'release', { workerId, ...rest });
        return this.held.over(id);
      default:
        return this.client.tell(id, 'report', { workerId, reports: [body] });
    }
  }
}
