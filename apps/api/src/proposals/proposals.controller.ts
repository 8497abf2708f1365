import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { type ProposalResponse, proposalSchema } from '#libs/contracts';
import { describeProposal, NotFound, type SweepContext } from '#libs/sweeps';
import { answerWithExport, exportOperation } from '../exports/answer-with-export.js';
import { type ExportQuery, exportQuerySchema } from '../exports/export-query.js';
import { findProposedMixture } from '../exports/find-mixture.js';
import type { ExportedMixture } from '../exports/represent-export.js';
import { TrainingConfigs } from '../formats/training-configs.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';

@Controller('v1/proposals')
export class ProposalsController {
  constructor(
    @Inject(SWEEP_CONTEXT) readonly context: SweepContext,
    @Inject(TrainingConfigs) readonly configs: TrainingConfigs,
  ) {}

  @Get(':id')
  @Operation({ summary: 'A proposal with its whole document', responses: { 200: proposalSchema }, errors: [404] })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<ProposalResponse> {
    const proposal = await this.context.store.findProposal(id);
    if (proposal === null) throw new NotFound('proposal', id);
    return describeProposal(proposal);
  }

  @Get(':id/export')
  @Operation({ summary: "The weights of a proposal in a trainer's own format", ...exportOperation })
  async export(
    @Param('id', { schema: identifierSchema }) id: string,
    @Query({ schema: exportQuerySchema }) query: ExportQuery,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ExportedMixture | StreamableFile | undefined> {
    return answerWithExport(this, await findProposedMixture(this.context, id), query, request, response);
  }
}
