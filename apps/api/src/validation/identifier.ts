import { z } from 'zod';

/** An id of ours in a path. An impossible one is refused before the database is asked. */
export const identifierSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"')
  .describe('An id as the API gave it');
