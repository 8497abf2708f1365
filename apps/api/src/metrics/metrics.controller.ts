import { Controller, Get, Header, Inject } from '@nestjs/common';
import { z } from 'zod';
import { runStates, type sweepStates } from '#libs/contracts';
import { RUN_QUEUE, type RunQueue, STORE, type Store } from '#libs/sweeps';
import { answersInTime } from '../health/answers-in-time.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SweepEvents } from '../sweeps/sweep-events.service.js';
import { ProcessMetrics } from './process-metrics.js';
import { type Metric, prometheusText } from './prometheus-text.js';
import { RequestCounts } from './request-counts.js';

const mostBacklog = 1000;
const underWay = ['running', 'fitting', 'confirming'] as const satisfies readonly (typeof sweepStates)[number][];

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(RUN_QUEUE) private readonly queue: RunQueue,
    @Inject(SweepEvents) private readonly events: SweepEvents,
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
      ...this.requests.metrics(),
      ...this.processMetrics.metrics(),
    ]);
  }

  /** Without the database these are missing rather than wrong; the rest is still told. */
  private async workMetrics(): Promise<Metric[]> {
    try {
      const sweeps: Metric['samples'][number][] = [];
      const runs = new Map<string, number>(runStates.map((state) => [state, 0]));
      for (const state of underWay) {
        const found = await this.store.sweepsInState(state);
        sweeps.push({ labels: { state }, value: found.length });
        for (const { id } of found) {
          const { byState } = await this.store.runCounts(id);
          for (const [name, count] of Object.entries(byState)) runs.set(name, (runs.get(name) ?? 0) + count);
        }
      }
      const backlog = (await this.store.pendingOutbox(mostBacklog)).length;
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
