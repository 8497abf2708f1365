import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import type { SweepContext } from '#libs/sweeps';
import { TrainingConfigs } from '../formats/training-configs.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { answerWithExport, exportOperation } from './answer-with-export.js';
import { type ExportQuery, exportQuerySchema } from './export-query.js';
import { findRecommendedMixture } from './find-mixture.js';
import type { ExportedMixture } from './represent-export.js';

@Controller('v1/sweeps')
export class SweepExportsController {
  constructor(
    @Inject(SWEEP_CONTEXT) readonly context: SweepContext,
    @Inject(TrainingConfigs) readonly configs: TrainingConfigs,
  ) {}

  @Get(':id/export')
  @Operation({
    summary: "The mixture that a sweep recommends, in a trainer's own format",
    ...exportOperation,
    errors: [404, 409, 422],
  })
  async export(
    @Param('id', { schema: identifierSchema }) id: string,
    @Query({ schema: exportQuerySchema }) query: ExportQuery,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ExportedMixture | StreamableFile | undefined> {
    return answerWithExport(this, await findRecommendedMixture(this.context, id), query, request, response);
  }
}
