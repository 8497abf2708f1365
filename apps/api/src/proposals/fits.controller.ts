import { Controller, Get, Inject, Param } from '@nestjs/common';
import { type FitResponse, fitSchema } from '#libs/contracts';
import { describeFit, NotFound, type SweepContext } from '#libs/sweeps';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';

@Controller('v1/fits')
export class FitsController {
  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  @Get(':id')
  @Operation({ summary: 'A fit with its diagnostics by target', responses: { 200: fitSchema }, errors: [404] })
  async find(@Param('id', { schema: identifierSchema }) id: string): Promise<FitResponse> {
    const fit = await this.context.store.findFit(id);
    if (fit === null) throw new NotFound('fit', id);
    return describeFit(fit);
  }
}
