// What every trainer's sampler makes of a mixture that is easy to meet: the mixture, within the scatter that it states.
import { describe, expect, it } from 'vitest';
import { canonicalProposal, exportProposal, formatNames } from '../src/index.js';
import { variantsOf } from './variants.js';

const proposal = canonicalProposal(
  { weights: { web: 0.5, code: 0.3, papers: 0.2 } },
  {
    tokens: { web: 4e9, code: 3e9, papers: 1e9 },
    documents: { web: 4e6, code: 1e6, papers: 1e5 },
    targetTokens: 2e9,
  },
);
const draws = 20_000;
/** A block or a batch of the samplers that draw in such, and rounding to whole rows. */
const WHOLE_PARTS = 0.002;

describe.each(formatNames)('%s', (name) => {
  it.each(variantsOf(name))('realises the shares that it was given, %s', (_, options) => {
    const [phase] = exportProposal(proposal, name, { ...options, draws }).phases;
    const { domains, sampler } = phase!;
    expect(sampler).toMatch(/\w/);
    expect(domains.reduce((sum, { realised }) => sum + realised!, 0)).toBeCloseTo(1, 9);
    for (const { domain, weight, realised, standardError } of domains) {
      const scatter = standardError === null ? WHOLE_PARTS : 4.5 * standardError;
      if (standardError !== null) expect(standardError).toBeLessThan(0.05);
      expect(Math.abs(realised! - weight), `${domain}: ${realised}`).toBeLessThanOrEqual(scatter);
    }
  });
});
