import type { ServerResponse } from 'node:http';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { z } from 'zod';
import { type Readiness, readinessSchema } from '#libs/contracts';
import { RUN_QUEUE, type RunQueue, STORE, type Store } from '#libs/sweeps';
import { Operation } from '../openapi/operation.decorator.js';
import { answersInTime } from './answers-in-time.js';

const patienceMs = 2000;

@Controller('health')
export class HealthController {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(RUN_QUEUE) private readonly queue: RunQueue,
  ) {}

  @Get('live')
  @Operation({ summary: 'The process answers', responses: { 200: z.object({ status: z.literal('live') }) } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @Operation({
    summary: 'Database and queue answer',
    responses: { 200: readinessSchema, 503: readinessSchema },
  })
  async ready(@Res({ passthrough: true }) response: ServerResponse): Promise<Readiness> {
    const [database, queue] = await Promise.all([
      answersInTime(() => this.store.ping(), patienceMs),
      answersInTime(() => this.queue.ping(), patienceMs),
    ]);
    const ready = database && queue;
    response.statusCode = ready ? 200 : 503;
    return {
      status: ready ? 'ready' : 'unavailable',
      checks: { database: database ? 'ok' : 'unavailable', queue: queue ? 'ok' : 'unavailable' },
    };
  }
}
