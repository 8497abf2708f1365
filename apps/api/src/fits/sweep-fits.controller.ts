import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  type CreateFit,
  type CreateProposal,
  createFitSchema,
  createProposalSchema,
  type FitList,
  type FitResponse,
  fitListSchema,
  fitSchema,
  type ProposalList,
  type ProposalResponse,
  proposalListSchema,
  proposalSchema,
} from '#libs/contracts';
import {
  describeFit,
  FIT_RUNNER,
  type FitRunner,
  NotFound,
  proposableFit,
  requestFit,
  type SweepContext,
  summariseProposal,
} from '#libs/sweeps';
import { QueueFeeder } from '../background/queue-feeder.service.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { answerWithProposal } from './answer-with-proposal.js';

@Controller('v1/sweeps')
export class SweepFitsController {
  constructor(
    @Inject(SWEEP_CONTEXT) readonly context: SweepContext,
    @Inject(FIT_RUNNER) readonly runner: FitRunner,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
  ) {}

  @Post(':id/fits')
  @HttpCode(202)
  @Operation({
    summary: 'Fit the runs of a sweep again, with other settings',
    description:
      'Queues a fit of all runs that have succeeded by then, and a proposal from it. What is absent is as in the sweep; ' +
      'the sweep itself goes on with its own fit and proposal.',
    responses: { 202: fitSchema },
    errors: [404, 409, 422],
  })
  async fit(
    @Param('id', { schema: identifierSchema }) id: string,
    @Body({ schema: createFitSchema }) body: CreateFit,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<FitResponse> {
    const fit = await requestFit(this.context, id, body);
    this.feeder.nudge();
    response.setHeader('Location', `/v1/fits/${fit.id}`);
    return describeFit(fit);
  }

  @Get(':id/fits')
  @Operation({ summary: 'Fits of a sweep, oldest first', responses: { 200: fitListSchema }, errors: [404] })
  async listFits(@Param('id', { schema: identifierSchema }) id: string): Promise<FitList> {
    await this.requireSweep(id);
    return { fits: (await this.context.store.listFits(id)).map(describeFit) };
  }

  @Post(':id/proposals')
  @Operation({
    summary: "Another proposal from the sweep's fit",
    description: 'As POST /v1/fits/{id}/proposals, from the fit that the sweep itself made.',
    responses: { 201: proposalSchema },
    errors: [404, 409, 422],
  })
  async propose(
    @Param('id', { schema: identifierSchema }) id: string,
    @Body({ schema: createProposalSchema }) body: CreateProposal,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ProposalResponse> {
    const fitId = await proposableFit(this.context, id);
    return answerWithProposal(this, fitId, body, response);
  }

  @Get(':id/proposals')
  @Operation({
    summary: 'Proposals of a sweep, oldest first, without their documents',
    responses: { 200: proposalListSchema },
    errors: [404],
  })
  async listProposals(@Param('id', { schema: identifierSchema }) id: string): Promise<ProposalList> {
    await this.requireSweep(id);
    return { proposals: (await this.context.store.listProposals(id)).map(summariseProposal) };
  }

  private async requireSweep(id: string): Promise<void> {
    if ((await this.context.store.findSweep(id)) === null) throw new NotFound('sweep', id);
  }
}
