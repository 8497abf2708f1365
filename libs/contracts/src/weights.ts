import { z } from 'zod';

/** A domain whose text this service trains on: its name becomes part of file names. */
export const domainNameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'must start with a letter or digit and hold only letters, digits, ".", "_", "-"',
  );

/** Text that a person writes and reads, on one line; PostgreSQL keeps neither NUL nor half a surrogate pair. */
export const lineOf = (longest: number, shortest = 1) =>
  z
    .string()
    .min(shortest)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or half a surrogate pair');

/** A domain or target as a user's own files name it; imported runs may call theirs "wiki/en" or "C++ code". */
export const columnNameSchema = lineOf(200).refine((name) => name !== '__proto__', { message: 'is not a name' });

/** Domain weights as users write them: token shares by domain name. Their sum is checked where the corpus is known. */
export const domainWeightsSchema = z.record(columnNameSchema, z.number().min(0).max(1));
export type DomainWeights = Record<string, number>;

/** Where a file lies below the data folder of each worker: never absolute, never leaving that folder. */
export const relativePathSchema = lineOf(500)
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path) && !path.includes('\\'), {
    message: "must be a path relative to the worker's data folder, with / between its parts",
  })
  .refine((path) => !path.split('/').includes('..'), { message: 'must not contain ".."' });
