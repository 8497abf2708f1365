// What every format promises: the trainer, reading the file, gets the mixture that was exported.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExportOptions, exportProposal, formatNames, formats, type Unit } from '../src/index.js';
import { expectRoundTrip } from './expect-round-trip.js';
import { leastWeightOf } from './format-limits.js';
import { randomRuns } from './random-runs.js';
import { variantsOf } from './variants.js';

describe.each(formatNames)('%s', (name) => {
  const { maxDomains, units } = formats[name]!;
  const variants = variantsOf(name);
  const least = leastWeightOf(name, 1e-9);
  const roundTrip = (options: ExportOptions, most: number, phases: readonly number[], numRuns: number) => {
    const quick = { ...options, draws: 10 };
    const reached = new Set<Unit>();
    fc.assert(
      fc.property(randomRuns(least, Math.min(most, maxDomains), phases), ({ proposal }) => {
        const result = exportProposal(proposal, name, quick);
        reached.add(result.unit);
        expectRoundTrip(result, proposal, quick);
      }),
      { numRuns },
    );
    return reached;
  };

  it('brings random mixtures back from its files, in their order, and writes no exponent, in each of its units', () => {
    const reached = variants.map(([, options]) => [...roundTrip(options, 300, [1], variants.length > 1 ? 8 : 20)]);
    expect([...new Set(reached.flat())].sort()).toEqual([...units].sort());
  });

  it('brings the mixtures of several phases back, each with its own weights', () => {
    for (const [, options] of variants) roundTrip(options, 40, [2, 3], variants.length > 1 ? 4 : 12);
  });
});
