import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { InvalidRequest } from '../problems/request.errors.js';
import { describeIssues } from './describe-issues.js';

/**
 * Parses what a handler's parameter names as its schema: `@Body({ schema })`. Unlike Nest's own pipe for schemas it says
 * which value was found and what is allowed.
 */
@Injectable()
export class ContractPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const fields = describeIssues(parsed.error.issues, value, schema);
    const prefix = type === 'param' ? (data ?? '') : '';
    throw new InvalidRequest(fields.map(({ field, message }) => ({ field: field === '' ? prefix : field, message })));
  }
}
