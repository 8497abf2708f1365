import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  type CheckConfig,
  checkConfigSchema,
  checkReportSchema,
  type FormatList,
  formatListSchema,
  mixtureSchema,
  type ReadMixtureRequest,
  readMixtureSchema,
} from '#libs/contracts';
import { NotFound, type SweepContext } from '#libs/sweeps';
import { type CanonicalDomain, type CheckReport, formats, type ReadMixture } from '#libs/training-configs';
import { abortWhenGoneOrLate } from '../abort-when-gone.js';
import { domainFacts } from '../exports/corpus-facts.js';
import { Operation } from '../openapi/operation.decorator.js';
import { renamingField } from '../problems/renaming-field.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { describeFormat } from './describe-format.js';
import { fieldsOf, formatSchema } from './format-requests.js';
import { shortenFindings } from './shorten-findings.js';
import { TrainingConfigs } from './training-configs.service.js';

const seconds = 30;
const instead = 'Ask for fewer draws, or use the command line, which takes its time.';

@Controller('v1/formats')
export class FormatsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(TrainingConfigs) private readonly configs: TrainingConfigs,
  ) {}

  @Get()
  @Operation({
    summary: 'Formats that weights can be exported in, with what each needs and takes',
    responses: { 200: formatListSchema },
  })
  list(): FormatList {
    return { formats: Object.values(formats).map(describeFormat) };
  }

  @Post(':name/check')
  @HttpCode(200)
  @Operation({
    summary: 'What a trainer would do with a configuration you have',
    description:
      'The file is read as the trainer reads it, and its sampler is run. With a corpus the report names the domains ' +
      'that the sources stand for, and shares and epochs in tokens. What is wrong with the file is a finding: the ' +
      'answer is 200.',
    responses: { 200: checkReportSchema },
    errors: [404, 422],
  })
  async check(
    @Param('name', { schema: formatSchema }) name: string,
    @Body({ schema: checkConfigSchema }) { path, content, options, corpusId }: CheckConfig,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<CheckReport> {
    const format = find(name);
    const domains = corpusId === undefined ? [] : await this.domainsOf(corpusId);
    const signal = abortWhenGoneOrLate(response, seconds, instead);
    const report = await renamingField(fieldsOf(format, options), () =>
      this.configs.check({ format: name, file: { path, content }, domains, options }, signal),
    );
    return shortenFindings(report);
  }

  @Post(':name/read')
  @HttpCode(200)
  @Operation({
    summary: 'The mixture of a configuration you have, as token shares over a corpus: a baseline',
    description:
      'Weights that count documents or passes are converted with the tokens and documents of the corpus. Sources are ' +
      'matched by the locations that the corpus registers, by a template in the options, or by name.',
    responses: { 200: mixtureSchema },
    errors: [404, 422],
  })
  async read(
    @Param('name', { schema: formatSchema }) name: string,
    @Body({ schema: readMixtureSchema }) { path, content, options, corpusId, phase }: ReadMixtureRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ReadMixture> {
    const format = find(name);
    const domains = await this.domainsOf(corpusId);
    const signal = abortWhenGoneOrLate(response, seconds, instead);
    return renamingField(fieldsOf(format, options), () =>
      this.configs.read({ format: name, file: { path, content }, domains, options, phase }, signal),
    );
  }

  private async domainsOf(corpusId: string): Promise<CanonicalDomain[]> {
    const corpus = await this.context.store.findCorpus(corpusId);
    if (corpus === null) throw new NotFound('corpus', corpusId);
    return domainFacts(corpus);
  }
}

function find(name: string) {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format === undefined) throw new NotFound('format', name, 'GET /v1/formats lists those there are.');
  return format;
}
