import { Controller, Get } from '@nestjs/common';
import { type FormatList, formatListSchema } from '#libs/contracts';
import { formats } from '#libs/training-configs';
import { Operation } from '../openapi/operation.decorator.js';

@Controller('v1/formats')
export class FormatsController {
  @Get()
  @Operation({ summary: 'Formats that weights can be exported in', responses: { 200: formatListSchema } })
  list(): FormatList {
    return {
      formats: Object.values(formats).map(({ name, description, needs, options }) => ({
        name,
        description,
        needs,
        options: { ...options },
      })),
    };
  }
}
