import { Controller, Get, Header, Inject } from '@nestjs/common';
import { z } from 'zod';
import { failureClasses, runStates, type sweepStates, workerSchema } from '#libs/contracts';
import { describeWorkers, RUN_QUEUE, type RunQueue, type SweepContext } from '#libs/sweeps';
import { answersInTime } from '../health/answers-in-time.js';
import { LeaseDesk } from '../leases/lease-desk.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { SweepEvents } from '../sweeps/sweep-events.service.js';
import { ProcessMetrics } from './process-metrics.js';
import { type Metric, prometheusText } from './prometheus-text.js';
import { RequestCounts } from './request-counts.js';

const mostBacklog = 1000;
const underWay = ['running', 'fitting', 'confirming'] as const satisfies readonly (typeof sweepStates)[number][];

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly queue: RunQueue,
    @Inject(SweepEvents) private readonly events: SweepEvents,
    @Inject(LeaseDesk) private readonly leases: LeaseDesk,
    @Inject(RequestCounts) private readonly requests: RequestCounts,
    @Inject(ProcessMetrics) private readonly processMetrics: ProcessMetrics,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation({
    summary: 'Runs, queue and process, for Prometheus',
    responses: { 200: z.string() },
    mediaType: 'text/plain',
  })
  async metrics(): Promise<string> {
    const queueUp = await answersInTime(() => this.queue.ping(), 1000);
    return prometheusText([
      ...(await this.workMetrics()),
      {
        name: 'cuvee_queue_up',
        help: '1 when the queue answers',
        type: 'gauge',
        samples: [{ value: queueUp ? 1 : 0 }],
      },
      {
        name: 'cuvee_event_streams',
        help: 'Clients that listen to the events of a sweep',
        type: 'gauge',
        samples: [{ value: this.events.listeners }],
      },
      {
        name: 'cuvee_leases_total',
        help: 'Runs given to workers that ask over HTTP',
        type: 'counter',
        samples: [{ value: this.leases.counts.granted }],
      },
      {
        name: 'cuvee_lease_requests_waiting',
        help: 'Workers that wait over HTTP for a run',
        type: 'gauge',
        samples: [{ value: this.leases.counts.waiting }],
      },
      ...this.requests.metrics(),
      ...this.processMetrics.metrics(),
    ]);
  }

  /** Without the database these are missing rather than wrong; the rest is still told. */
  private async workMetrics(): Promise<Metric[]> {
    try {
      const { store } = this.context;
      const sweeps: Metric['samples'][number][] = [];
      const runs = new Map<string, number>(runStates.map((state) => [state, 0]));
      for (const state of underWay) {
        const found = await store.sweepsInState(state);
        sweeps.push({ labels: { state }, value: found.length });
        for (const { id } of found) {
          const { byState } = await store.runCounts(id);
          for (const [name, count] of Object.entries(byState)) runs.set(name, (runs.get(name) ?? 0) + count);
        }
      }
      const backlog = (await store.pendingOutbox(mostBacklog)).length;
      const failures = await store.failureCounts();
      const workers = new Map<string, number>(workerSchema.shape.state.options.map((state) => [state, 0]));
      for (const { state } of (await describeWorkers(this.context)).workers)
        workers.set(state, (workers.get(state) ?? 0) + 1);
      return [
        { name: 'cuvee_database_up', help: '1 when the database answers', type: 'gauge', samples: [{ value: 1 }] },
        { name: 'cuvee_sweeps', help: 'Sweeps under way, by state', type: 'gauge', samples: sweeps },
        {
          name: 'cuvee_runs',
          help: 'Runs of the sweeps under way, by state',
          type: 'gauge',
          samples: [...runs].map(([state, value]) => ({ labels: { state }, value })),
        },
        {
          name: 'cuvee_workers',
          help: 'Workers heard of within a week, by state; broken ones take no runs, lost ones fell silent',
          type: 'gauge',
          samples: [...workers].map(([state, value]) => ({ labels: { state }, value })),
        },
        {
          name: 'cuvee_failed_attempts_total',
          help: 'Attempts of runs that failed, by class, those that were tried again included',
          type: 'counter',
          samples: failureClasses.map((name) => ({ labels: { class: name }, value: failures[name] ?? 0 })),
        },
        {
          name: 'cuvee_outbox_pending',
          help: `Messages that wait to be handed to the queue, counted up to ${mostBacklog}`,
          type: 'gauge',
          samples: [{ value: backlog }],
        },
      ];
    } catch {
      return [
        { name: 'cuvee_database_up', help: '1 when the database answers', type: 'gauge', samples: [{ value: 0 }] },
      ];
    }
  }
}
