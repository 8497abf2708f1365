import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import { computeInThread, unpackRows } from '#libs/computing';
import {
  type ImportSettings,
  importLimits,
  importQuerySchema,
  importSettingsSchema,
  importSweepSchema,
  type SubmittedSweep,
  submittedSweepSchema,
} from '#libs/contracts';
import { describeSweep, importSweep, NotFound, type SweepContext } from '#libs/sweeps';
import { abortWhenGone } from '../abort-when-gone.js';
import { QueueFeeder } from '../background/queue-feeder.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { idempotencyKeyOf } from '../sweeps/idempotency-key.js';
import { ContractPipe } from '../validation/contract.pipe.js';
import { formatOf, jsonLines } from './import-format.js';

@Controller('v1/sweeps')
export class ImportsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
  ) {}

  @Post('import')
  @Operation({
    summary: 'Import finished runs: a fit and a proposal without training anything',
    description:
      'A JSON body holds `runs`, or `weights` and `losses`, the texts of a pair of CSV files as RegMix and Olmix publish ' +
      'them, joined on index, run or run_id. A body of JSON lines holds one run a line. The sweep is fitted at once and ' +
      'ends completed without confirmation runs: this service has no trainer for them. Body errors leave nothing ' +
      'behind. With an Idempotency-Key the request has one effect, for ever.',
    headers: { 'Idempotency-Key': 'Any text without spaces, unique to this import' },
    body: { schema: importSweepSchema, alternatives: { [jsonLines]: 'One object a line: id, weights, losses' } },
    responses: { 201: submittedSweepSchema },
    errors: [400, 409, 413, 415, 422],
  })
  async import(
    @Query({ schema: importQuerySchema }) query: z.output<typeof importQuerySchema>,
    @Req() request: IncomingMessage & { body?: unknown },
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<SubmittedSweep> {
    const format = formatOf(request);
    const key = idempotencyKeyOf(request);
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    // Megabytes of text are read in a thread: parsing them here would hold up every other request.
    const { runs, settings, hash } = await computeInThread(
      'readRuns',
      { body, format, limits: importLimits },
      { signal: abortWhenGone(response) },
    );
    const checked = new ContractPipe().transform(
      { ...query, ...settings },
      { type: 'body', schema: importSettingsSchema },
    ) as ImportSettings;
    const requestHash = createHash('sha256')
      .update(JSON.stringify([format, query, hash]))
      .digest('hex');
    const table = { ...runs, mixtures: unpackRows(runs.mixtures) };
    const submission = await importSweep(this.context, { runs: table, settings: checked, requestHash }, key);
    response.setHeader('Location', `/v1/sweeps/${submission.sweepId}`);
    if (submission.replayed) response.setHeader('Idempotency-Replayed', 'true');
    else this.feeder.nudge();
    const sweep = await this.context.store.findSweep(submission.sweepId);
    if (sweep === null) throw new NotFound('sweep', submission.sweepId);
    return { ...(await describeSweep(this.context, sweep)), notes: submission.notes };
  }
}
