import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import {
  type CreateSweep,
  createSweepSchema,
  pageQuerySchema,
  type RankTransfers,
  type RunPage,
  rankTransfersSchema,
  retriedSchema,
  runPageSchema,
  runsQuerySchema,
  type SubmittedSweep,
  type SweepDesign,
  type SweepFailures,
  type SweepPage,
  type SweepResponse,
  submitQuerySchema,
  submittedSweepSchema,
  sweepDesignSchema,
  sweepFailuresSchema,
  sweepPageSchema,
  sweepSchema,
} from '#libs/contracts';
import {
  cancelSweep,
  describeFailures,
  describeRuns,
  describeSweep,
  describeTransfers,
  designSweep,
  NotFound,
  RUN_QUEUE,
  type RunQueue,
  retryFailed,
  type SweepContext,
  submitSweep,
} from '#libs/sweeps';
import { QueueFeeder } from '../background/queue-feeder.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { idempotencyKeyOf } from './idempotency-key.js';

@Controller('v1/sweeps')
export class SweepsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
  ) {}

  @Post()
  @Operation({
    summary: 'Submit a sweep',
    description:
      'With an Idempotency-Key the request has one effect, for ever: sent again, it answers with the same sweep and ' +
      'the header Idempotency-Replayed. With dryRun=true nothing is started and the design is the answer.',
    headers: { 'Idempotency-Key': 'Any text without spaces, unique to this submission' },
    responses: { 200: sweepDesignSchema, 201: submittedSweepSchema },
    errors: [400, 404, 409, 413, 422],
  })
  async submit(
    @Query({ schema: submitQuerySchema }) { dryRun }: z.output<typeof submitQuerySchema>,
    @Body({ schema: createSweepSchema }) body: CreateSweep,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<SubmittedSweep | SweepDesign> {
    if (dryRun === 'true') {
      response.statusCode = 200;
      return designSweep(this.context, body);
    }
    const submission = await submitSweep(this.context, body, idempotencyKeyOf(request));
    response.setHeader('Location', `/v1/sweeps/${submission.sweepId}`);
    const sweep = await this.find(submission.sweepId);
    if (!submission.replayed) {
      this.feeder.nudge();
      return { ...sweep, notes: submission.notes };
    }
    response.setHeader('Idempotency-Replayed', 'true');
    // A corpus never changes: the same request is mended in the same way as the first time.
    return { ...sweep, notes: (await designSweep(this.context, body)).notes };
  }

  @Get()
  @Operation({ summary: 'Sweeps, newest first', responses: { 200: sweepPageSchema }, errors: [422] })
  async list(@Query({ schema: pageQuerySchema }) page: z.output<typeof pageQuerySchema>): Promise<SweepPage> {
    const { sweeps, total } = await this.context.store.listSweeps(page);
    const described: SweepResponse[] = [];
    for (const sweep of sweeps) described.push(await describeSweep(this.context, sweep));
    const end = page.offset + sweeps.length;
    return { sweeps: described, total, nextOffset: end < total ? end : null };
  }

  @Get(':id')
  @Operation({
    summary: 'One sweep with its progress and its conclusion',
    responses: { 200: sweepSchema },
    errors: [404],
  })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<SweepResponse> {
    const sweep = await this.context.store.findSweep(id);
    if (sweep === null) throw new NotFound('sweep', id);
    return describeSweep(this.context, sweep);
  }

  @Get(':id/runs')
  @Operation({ summary: 'Runs of a sweep, by index', responses: { 200: runPageSchema }, errors: [404, 422] })
  listRuns(
    @Param('id', { schema: identifierSchema }) id: string,
    @Query({ schema: runsQuerySchema }) filter: z.output<typeof runsQuerySchema>,
  ): Promise<RunPage> {
    return describeRuns(this.context, id, filter);
  }

  @Get(':id/transfer')
  @Operation({
    summary: 'Whether the order of mixtures at the first fidelity holds at the others',
    description: 'Over the design runs trained to their end at both. Empty of a sweep of one fidelity.',
    responses: { 200: rankTransfersSchema },
    errors: [404],
  })
  transfers(@Param('id', { schema: identifierSchema }) id: string): Promise<RankTransfers> {
    return describeTransfers(this.context, id);
  }

  @Get(':id/failures')
  @Operation({
    summary: 'Failed attempts of a sweep by class, with the commonest message and what to do',
    description: 'Attempts that were tried again count as well.',
    responses: { 200: sweepFailuresSchema },
    errors: [404],
  })
  failures(@Param('id', { schema: identifierSchema }) id: string): Promise<SweepFailures> {
    return describeFailures(this.context, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Cancel a sweep',
    description: 'Its workers are told to stop. Cancelling twice has no further effect.',
    responses: { 200: sweepSchema },
    errors: [404, 409],
  })
  async cancel(@Param('id', { schema: identifierSchema }) id: string): Promise<SweepResponse> {
    await cancelSweep(this.context, this.runs, id);
    return this.find(id);
  }

  @Post(':id/retry-failed')
  @HttpCode(200)
  @Operation({
    summary: 'Try the failed runs of a sweep again',
    responses: { 200: retriedSchema },
    errors: [404, 409],
  })
  async retryFailed(@Param('id', { schema: identifierSchema }) id: string): Promise<{ retried: number }> {
    const retried = await retryFailed(this.context, id);
    this.feeder.nudge();
    return { retried };
  }
}
