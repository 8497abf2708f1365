import { expect } from 'vitest';
import { type CanonicalProposal, type ExportOptions, type ExportResult, formats } from '../src/index.js';
import { decimalSum, expectDigests, exponentsIn, readBack, sharesOf } from './read-back.js';

/** Of a token share after the unit is inverted: what fifteen decimals keep of domains as unlike as those of the specs. */
const SHARE_TOLERANCE = 1e-9;
/** Of a weight that is written as it is. */
const WEIGHT_TOLERANCE = 1e-12;

/**
 * The files of an export hold the proposal: its domains in their order, its weights once the unit is inverted, no
 * exponent, decimals that sum to exactly 1 where they are shares, the digests; and whatever is not in them is said.
 * @param options those of the export
 */
export function expectRoundTrip(result: ExportResult, proposal: CanonicalProposal, options: ExportOptions): void {
  const { format, unit, phases } = result;
  const { zeros } = formats[format]!;
  phases.forEach(({ domains, dropped }, p) => {
    const weights = new Map(proposal.domains.map(({ domain }, d) => [domain, proposal.phases[p]!.weights[d]!]));
    const left = new Set(dropped.map(({ domain }) => domain));
    expect(domains.map(({ domain }) => domain)).toEqual(
      proposal.domains.map(({ domain }) => domain).filter((domain) => !left.has(domain)),
    );
    for (const { domain, weight } of dropped) {
      expect(weight).toBe(weights.get(domain));
      // Whatever is left out and was above 0 is said, by name.
      if (weight > 0) expect(result.warnings.join('\n')).toContain(`"${domain}"`);
      else expect(zeros).toBe('dropped');
    }
    for (const { weight, domain } of domains) expect(weight).toBeCloseTo(weights.get(domain)!, 12);
  });

  for (const { file, first, phases: read } of readBack(result, options)) {
    if (!proposal.domains.some(({ domain }) => /\de/i.test(domain))) expect(exponentsIn(file)).toEqual([]);
    read.forEach((phase, p) => {
      const { domains } = phases[first + p]!;
      expect(phase.sources.map(({ key }) => key)).toEqual(domains.map(({ key }) => key));
      const texts = domains.map(({ amount }) => amount);
      for (const text of texts) {
        expect(text).toMatch(/^\d+\.\d{12,}$/);
        expect(file.content).toContain(text);
      }
      expect(phase.sources.map(({ amount }) => amount)).toEqual(texts.map(Number));
      if (unit === 'sequences' || unit === 'documents') expect(decimalSum(texts)).toBe(10n ** 15n);
      const shares = sharesOf(
        unit,
        phase,
        domains.map(({ domain }) => domain),
        proposal,
      );
      domains.forEach(({ weight }, i) => {
        const tolerance = unit === 'sequences' ? WEIGHT_TOLERANCE : SHARE_TOLERANCE;
        expect(Math.abs(shares[i]! - weight)).toBeLessThanOrEqual(tolerance);
      });
    });
  }
  expectDigests(result);
}
