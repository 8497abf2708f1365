import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { type CurveResponse, curveSchema, type RunDetailResponse, runDetailSchema } from '#libs/contracts';
import { describeCurve, describeRun, retryRun, type SweepContext } from '#libs/sweeps';
import { QueueFeeder } from '../background/queue-feeder.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';

@Controller('v1/runs')
export class RunsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
  ) {}

  @Get(':id')
  @Operation({ summary: 'One run with its attempts', responses: { 200: runDetailSchema }, errors: [404] })
  find(@Param('id', { schema: identifierSchema }) id: string): Promise<RunDetailResponse> {
    return describeRun(this.context, id);
  }

  @Get(':id/curve')
  @Operation({
    summary: 'Losses of a run while it trained',
    description: 'Non-finite losses are the strings "NaN", "Infinity" and "-Infinity": they show a divergence.',
    responses: { 200: curveSchema },
    errors: [404],
  })
  curve(@Param('id', { schema: identifierSchema }) id: string): Promise<CurveResponse> {
    return describeCurve(this.context, id);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Operation({
    summary: 'Try a failed or diverged run again',
    responses: { 200: runDetailSchema },
    errors: [404, 409],
  })
  async retry(@Param('id', { schema: identifierSchema }) id: string): Promise<RunDetailResponse> {
    await retryRun(this.context, id);
    this.feeder.nudge();
    return describeRun(this.context, id);
  }
}
