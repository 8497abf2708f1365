import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

export const OPERATION = Symbol('Operation');

/** What a route says of itself beyond its path and the schemas of its parameters, which the document reads from Nest. */
export interface OperationDescription {
  summary: string;
  description?: string;
  /** Request headers beyond the usual ones: name → what it does. */
  headers?: Record<string, string>;
  /** A body that the handler reads itself, and what it may be in other media types than JSON. */
  body?: { schema: z.ZodType; alternatives: Record<string, string> };
  /** Bodies by status; null for an answer without one. */
  responses: Record<number, z.ZodType | null>;
  /** Media type of the answers; application/json when absent. */
  mediaType?: string;
  /** Media types that a parameter may ask for in place of it, and what they hold. */
  alternatives?: Record<string, string>;
  /** Statuses of the problem documents that this route may answer with; 500 and 503 are always possible. */
  errors?: readonly number[];
}

export const Operation = (description: OperationDescription): MethodDecorator => SetMetadata(OPERATION, description);
