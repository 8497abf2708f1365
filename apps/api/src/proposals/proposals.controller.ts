import type { ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { type ExportResponse, exportSchema, type ProposalResponse, proposalSchema } from '#libs/contracts';
import { describeProposal, InvalidField, NotFound, type ProposalRecord, type SweepContext } from '#libs/sweeps';
import { canonicalProposal, exportProposal } from '#libs/training-configs';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { type ExportQuery, exportOptionsOf, exportQuerySchema } from './export-query.js';

@Controller('v1/proposals')
export class ProposalsController {
  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  @Get(':id')
  @Operation({ summary: 'A proposal with its whole document', responses: { 200: proposalSchema }, errors: [404] })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<ProposalResponse> {
    return describeProposal(await this.load(id));
  }

  @Get(':id/export')
  @Operation({
    summary: "The weights in a trainer's own format",
    description:
      'Every file is parsed back and compared with the proposal before it is returned. Without `file` the answer holds ' +
      'all files as JSON; with it, the text of that one.',
    responses: { 200: exportSchema },
    errors: [404, 422],
  })
  async export(
    @Param('id', { schema: identifierSchema }) id: string,
    @Query({ schema: exportQuerySchema }) query: ExportQuery,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ExportResponse | string> {
    const proposal = await this.load(id);
    const canonical = canonicalProposal(describeProposal(proposal), await this.corpusDetails(proposal));
    const { format, files, warnings } = exportProposal(canonical, query.format, exportOptionsOf(query));
    if (query.file === undefined) return { format, files: [...files], warnings: [...warnings] };
    const file = files.find((candidate) => candidate.path === query.file);
    if (file === undefined) {
      const known = files.map((candidate) => candidate.path).join(', ');
      throw new InvalidField('file', `the export has no file "${query.file}"; it has ${known}`, 'file-unknown');
    }
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('Content-Disposition', `attachment; filename="${file.path.replace(/[^\w.-]/g, '_')}"`);
    return file.content;
  }

  private async load(id: string): Promise<ProposalRecord> {
    const proposal = await this.context.store.findProposal(id);
    if (proposal === null) throw new NotFound('proposal', id);
    return proposal;
  }

  /** Where each domain lies and how much of it there is: what the corpus knows and the proposal does not repeat. */
  private async corpusDetails(proposal: ProposalRecord) {
    const sweep = await this.context.store.findSweep(proposal.sweepId);
    const corpus = sweep && (await this.context.store.findCorpus(sweep.corpusId));
    const domains = corpus?.domains ?? [];
    const known = domains.every(({ tokens }) => tokens !== null);
    return {
      tokens: known ? Object.fromEntries(domains.map(({ name, tokens }) => [name, tokens!])) : undefined,
      locations: Object.fromEntries(domains.flatMap(({ name, locations }) => (locations ? [[name, locations]] : []))),
      targetTokens: sweep?.specification.constraints.targetTokens,
    };
  }
}
