import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  type CreateProposal,
  createProposalSchema,
  type FitResponse,
  fitSchema,
  type Predictions,
  type PredictRequest,
  type ProposalResponse,
  predictionsSchema,
  predictRequestSchema,
  proposalSchema,
} from '#libs/contracts';
import { cancelFit, describeFit, FIT_RUNNER, type FitRunner, NotFound, type SweepContext } from '#libs/sweeps';
import { abortWhenGone } from '../abort-when-gone.js';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { answerWithProposal } from './answer-with-proposal.js';
import { WhatIf } from './what-if.service.js';

@Controller('v1/fits')
export class FitsController {
  constructor(
    @Inject(SWEEP_CONTEXT) readonly context: SweepContext,
    @Inject(FIT_RUNNER) readonly runner: FitRunner,
    @Inject(WhatIf) private readonly whatIf: WhatIf,
  ) {}

  @Get(':id')
  @Operation({
    summary: 'A fit: its state, its progress and its diagnostics by target',
    responses: { 200: fitSchema },
    errors: [404],
  })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<FitResponse> {
    const fit = await this.context.store.findFit(id);
    if (fit === null) throw new NotFound('fit', id);
    return describeFit(fit);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Cancel a fit',
    description:
      'Its threads are ended within a second. Cancelling twice has no further effect. The fit that a sweep waits for is ' +
      'cancelled with the sweep.',
    responses: { 200: fitSchema },
    errors: [404, 409],
  })
  async cancel(@Param('id', { schema: identifierSchema }) id: string): Promise<FitResponse> {
    return describeFit(await cancelFit(this.context, id));
  }

  @Post(':id/predict')
  @HttpCode(200)
  @Operation({
    summary: 'What if: the loss this fit expects of any mixture',
    description:
      'By target, with a standard error and intervals for a new measurement, and whether the mixture lies outside what ' +
      'was sampled, where a fit knows little.',
    responses: { 200: predictionsSchema },
    errors: [404, 409, 413, 422],
  })
  predict(
    @Param('id', { schema: identifierSchema }) id: string,
    @Body({ schema: predictRequestSchema }) { mixtures }: PredictRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Predictions> {
    return this.whatIf.predict(id, mixtures, abortWhenGone(response));
  }

  @Post(':id/proposals')
  @Operation({
    summary: 'Another proposal from a fit',
    description:
      'With another objective, other constraints or another optimiser; nothing is fitted again. What is absent is as in ' +
      'the sweep. The answer comes when the proposal is made, which takes some seconds; after 50 s it is given up. ' +
      'A client that goes away ends it.',
    responses: { 201: proposalSchema },
    errors: [404, 409, 422],
  })
  propose(
    @Param('id', { schema: identifierSchema }) id: string,
    @Body({ schema: createProposalSchema }) body: CreateProposal,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ProposalResponse> {
    return answerWithProposal(this, id, body, response);
  }
}
