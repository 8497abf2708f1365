import { z } from 'zod';

/**
 * A float as it travels in JSON. JSON has no NaN and no infinity, and a diverged loss must never arrive as null:
 * the three non-finite values travel as strings.
 */
export const jsonFloatSchema = z.union([
  z.number(),
  z.literal(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text)),
]);

export type JsonFloat = number | 'NaN' | 'Infinity' | '-Infinity';

export function toJsonFloat(value: number): JsonFloat {
  return Number.isFinite(value) ? value : (String(value) as JsonFloat);
}

/** For responses: the encoded form, so that a client sees a divergence as one. */
export const jsonFloatOutputSchema = z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity'])]);
