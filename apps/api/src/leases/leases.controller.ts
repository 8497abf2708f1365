import type { ServerResponse } from 'node:http';
import { Body, Controller, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { z } from 'zod';
import {
  type Leased,
  type LeaseHeartbeatAnswer,
  type LeaseRequest,
  leaseCompleteSchema,
  leasedSchema,
  leaseFailSchema,
  leaseHeartbeatAnswerSchema,
  leaseHeartbeatSchema,
  leaseIdSchema,
  leaseReleaseSchema,
  leaseReportsSchema,
  leaseRequestSchema,
} from '#libs/contracts';
import { abortWhenGone } from '../abort-when-gone.js';
import { Operation } from '../openapi/operation.decorator.js';
import { LeaseDesk } from './lease-desk.service.js';
import { LeaseRecords } from './lease-records.service.js';

/** For workers without a route to the queue: the same transitions, under the same attempt numbers. */
@Controller('v1/leases')
export class LeasesController {
  constructor(
    @Inject(LeaseDesk) private readonly desk: LeaseDesk,
    @Inject(LeaseRecords) private readonly records: LeaseRecords,
  ) {}

  @Post()
  @Operation({
    summary: 'Lease one run',
    description:
      'The run counts as started by this worker, which is to send a heartbeat three times within ' +
      'assignment.leaseSeconds; any other word counts as one. 204: nothing to do within waitSeconds.',
    responses: { 200: leasedSchema, 204: null },
    errors: [422],
  })
  async lease(
    @Body({ schema: leaseRequestSchema }) request: LeaseRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Leased | undefined> {
    const lease = await this.desk.lease(request, abortWhenGone(response));
    response.statusCode = lease === null ? 204 : 200;
    return lease === null ? undefined : { lease };
  }

  @Post(':id/heartbeat')
  @HttpCode(200)
  @Operation({
    summary: 'Renew a lease',
    description: 'Answers whether the worker is to stop: the sweep was cancelled, the lease ran out, …',
    responses: { 200: leaseHeartbeatAnswerSchema },
    errors: [422],
  })
  async heartbeat(
    @Param('id', { schema: leaseIdSchema }) id: string,
    @Body({ schema: leaseHeartbeatSchema }) { workerId }: z.output<typeof leaseHeartbeatSchema>,
  ): Promise<LeaseHeartbeatAnswer> {
    return { stop: await this.records.reasonToStop(id, workerId) };
  }

  @Post(':id/report')
  @HttpCode(204)
  @Operation({
    summary: 'What a run has come to, in order',
    description: 'Renews the lease too. Nothing of a stale lease is recorded, and 409 lease-stale says so.',
    responses: { 204: null },
    errors: [409, 422],
  })
  async report(
    @Param('id', { schema: leaseIdSchema }) id: string,
    @Body({ schema: leaseReportsSchema }) { workerId, reports }: z.output<typeof leaseReportsSchema>,
  ): Promise<void> {
    for (const report of reports) await this.records.record(id, workerId, report);
  }

  @Post(':id/complete')
  @HttpCode(204)
  @Operation({
    summary: 'Report the result of a run',
    description: 'Recorded once: sent again by the same worker it has no further effect.',
    responses: { 204: null },
    errors: [409, 422],
  })
  complete(
    @Param('id', { schema: leaseIdSchema }) id: string,
    @Body({ schema: leaseCompleteSchema }) { workerId, ...result }: z.output<typeof leaseCompleteSchema>,
  ): Promise<void> {
    return this.records.end(id, workerId, { type: 'result', ...result });
  }

  @Post(':id/fail')
  @HttpCode(204)
  @Operation({
    summary: 'Report that a run failed or diverged',
    description: 'A failure is tried again as the sweep says; a divergence is kept, and never tried again by itself.',
    responses: { 204: null },
    errors: [409, 422],
  })
  fail(
    @Param('id', { schema: leaseIdSchema }) id: string,
    @Body({ schema: leaseFailSchema }) { workerId, ...failure }: z.output<typeof leaseFailSchema>,
  ): Promise<void> {
    return this.records.end(id, workerId, failure);
  }

  @Post(':id/release')
  @HttpCode(204)
  @Operation({
    summary: 'Give a run back',
    description: 'The worker was told to go. Not a failure of the run, which waits for another worker.',
    responses: { 204: null },
    errors: [409, 422],
  })
  release(
    @Param('id', { schema: leaseIdSchema }) id: string,
    @Body({ schema: leaseReleaseSchema }) { workerId, reason }: z.output<typeof leaseReleaseSchema>,
  ): Promise<void> {
    return this.records.end(id, workerId, { type: 'released', reason });
  }
}
