import { z } from 'zod';

export const domainNameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'must start with a letter or digit and hold only letters, digits, ".", "_", "-"',
  );

/** Domain weights as users write them: token shares by domain name. Their sum is checked where the corpus is known. */
export const domainWeightsSchema = z.record(domainNameSchema, z.number().min(0).max(1));
export type DomainWeights = Record<string, number>;
