import { Body, Controller, Get, HttpCode, Inject, Param, Put } from '@nestjs/common';
import {
  type WorkerList,
  type WorkerResponse,
  type WorkerSnapshot,
  workerIdSchema,
  workerListSchema,
  workerSchema,
  workerSnapshotSchema,
} from '#libs/contracts';
import { describeWorker, describeWorkers, InvalidField, recordWorker, type SweepContext } from '#libs/sweeps';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';

const workerId = workerIdSchema.describe('The id that the worker gives itself');

@Controller('v1/workers')
export class WorkersController {
  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  @Get()
  @Operation({
    summary: 'Workers heard of within a week, by host',
    description: 'With their backend, speed, slots and trainers, and why one takes no runs.',
    responses: { 200: workerListSchema },
  })
  list(): Promise<WorkerList> {
    return describeWorkers(this.context);
  }

  @Get(':id')
  @Operation({ summary: 'One worker', responses: { 200: workerSchema }, errors: [404] })
  find(@Param('id', { schema: workerId }) id: string): Promise<WorkerResponse> {
    return describeWorker(this.context, id);
  }

  @Put(':id')
  @HttpCode(204)
  @Operation({
    summary: 'What a worker says of itself',
    description: 'For workers without a route to the queue. A snapshot older than the last one is passed over.',
    responses: { 204: null },
    errors: [422],
  })
  async put(
    @Param('id', { schema: workerId }) id: string,
    @Body({ schema: workerSnapshotSchema }) worker: WorkerSnapshot,
  ): Promise<void> {
    if (worker.id !== id) throw new InvalidField('id', `must be the id in the path, ${id}`);
    await recordWorker(this.context, worker);
  }
}
