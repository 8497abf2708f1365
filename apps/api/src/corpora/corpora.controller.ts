import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Res } from '@nestjs/common';
import {
  type CorpusList,
  type CorpusResponse,
  type CreateCorpus,
  corpusListSchema,
  corpusSchema,
  createCorpusSchema,
} from '#libs/contracts';
import { describeCorpus, NotFound, registerCorpus, type SweepContext } from '#libs/sweeps';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';

@Controller('v1/corpora')
export class CorporaController {
  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  @Post()
  @Operation({
    summary: 'Register a corpus',
    description:
      'The same domains under the same name are the same corpus (200); a changed domain makes a new version (201).',
    responses: { 200: corpusSchema, 201: corpusSchema },
    errors: [400, 413, 422],
  })
  async register(
    @Body({ schema: createCorpusSchema }) body: CreateCorpus,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<CorpusResponse> {
    const { corpus, created } = await registerCorpus(this.context, body);
    response.statusCode = created ? HttpStatus.CREATED : HttpStatus.OK;
    return describeCorpus(corpus);
  }

  @Get()
  @Operation({ summary: 'All corpora and their versions', responses: { 200: corpusListSchema } })
  async list(): Promise<CorpusList> {
    return { corpora: (await this.context.store.listCorpora()).map(describeCorpus) };
  }

  @Get(':id')
  @HttpCode(HttpStatus.OK)
  @Operation({ summary: 'One corpus', responses: { 200: corpusSchema }, errors: [404] })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<CorpusResponse> {
    const corpus = await this.context.store.findCorpus(id);
    if (corpus === null) throw new NotFound('corpus', id);
    return describeCorpus(corpus);
  }
}
