import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { SimulationInput } from './draws.js';
import { interleave, interleavedPass, type StoppingRule } from './interleave.js';

// What interleave_datasets of `datasets` 5.0.1 gave, of Dataset and IterableDataset alike; `choices` is what
// numpy.random.default_rng(seed).choice(len(sizes), p=probabilities) drew for it.
const replays = [
  {
    sizes: [3, 3, 3], // probabilities 0.7, 0.2, 0.1, seed 42
    choices: '1010021100020100001010211000001200',
    first_exhausted: '10100',
    all_exhausted: '10100211000201000010102',
    all_exhausted_without_replacement: '101002122',
  },
  {
    sizes: [3, 4, 5], // probabilities 0.7, 0.2, 0.1, seed 42
    choices:
      '101002110002010000101021100000120000000001101100000010110000000100000000100000010010001000000000000220021100020',
    first_exhausted: '10100',
    all_exhausted:
      '1010021100020100001010211000001200000000011011000000101100000001000000001000000100100010000000000002',
    all_exhausted_without_replacement: '101002112222',
  },
  {
    sizes: [5, 2, 4], // probabilities 0.2, 0.5, 0.3, seed 7
    choices: '122112022111111122121010011211110011102012121201121101102121111011102111210222100210211111021112',
    first_exhausted: '1221',
    all_exhausted: '122112022111111122121010011211110',
    all_exhausted_without_replacement: '12212020000',
  },
] as const;

const rules = ['first_exhausted', 'all_exhausted', 'all_exhausted_without_replacement'] as const;

describe('interleavedPass', () => {
  it.each(replays.flatMap((replay) => rules.map((rule) => [replay, rule] as const)))(
    'replays %o with %s',
    ({ choices, sizes, ...expected }, rule) => {
      let place = 0;
      const next = () => Number(choices[place++]);
      expect([...interleavedPass(sizes, rule, next)].join('')).toBe(expected[rule]);
    },
  );
});

const millions = (tokens: number, documents: number, domain: string) => ({
  domain,
  tokens: tokens * 1e6,
  documents: documents * 1e6,
});

function simulate(rule: StoppingRule, targetTokens?: number, streamed = true) {
  const input: SimulationInput = {
    amounts: [0.5, 0.5],
    stock: [millions(1000, 1, 'web'), millions(100, 0.1, 'papers')],
    draws: 10_000,
    targetTokens,
    settings: {},
    random: createRandom(5),
  };
  return interleave(input, rule, streamed);
}

describe('interleave', () => {
  it.each(['first_exhausted', 'all_exhausted'] as const)('keeps the shares with %s, however long the run', (rule) => {
    for (const targetTokens of [undefined, 1e8, 4e9]) {
      const { counts, standardErrors } = simulate(rule, targetTokens);
      expect(counts[0]! + counts[1]!).toBe(10_000);
      expect(Math.abs(counts[0]! / 10_000 - 0.5)).toBeLessThan(4 * standardErrors![0]!);
    }
  });

  it('drifts without replacement, as papers is used up after a quarter of 800 million tokens', () => {
    const { counts, remarks } = simulate('all_exhausted_without_replacement', 800e6);
    // All 0.1 million documents of papers, and 0.7 of web, in whole passes over both.
    expect(counts[1]! / 10_000).toBeCloseTo(0.125, 2);
    expect(remarks).toEqual([expect.stringContaining('"papers" is used up after 25 % of the run')]);
    expect(simulate('all_exhausted_without_replacement', 100e6).remarks).toEqual([]);
  });

  it('gives each source its own rows once where the run is a whole pass without replacement', () => {
    const { counts } = simulate('all_exhausted_without_replacement', 1100e6);
    expect(counts[1]! / 10_000).toBeCloseTo(0.1 / 1.1, 3);
  });

  it('says when the first source to run out ends a pass, and what is never read', () => {
    const { remarks } = simulate('first_exhausted', 800e6);
    expect(remarks[0]).toContain('"papers" is used up, after about 200000 documents');
    expect(remarks[1]).toContain('begins it anew 3 times');
    expect(remarks[1]).toContain('leaves 90 % of "web" unread');
    expect(simulate('first_exhausted', 100e6).remarks).toHaveLength(1);
  });

  it('draws one pass and repeats it without streaming, as a data set that is held in memory does', () => {
    const stock = [
      { tokens: 50, documents: 50 },
      { tokens: 400, documents: 400 },
    ];
    const run = (draws: number, streamed: boolean) =>
      interleave(
        { amounts: [0.7, 0.3], stock, draws, targetTokens: draws, settings: {}, random: createRandom(3) },
        'first_exhausted',
        streamed,
      );
    const { standardErrors, remarks } = run(700, false);
    // The shares scatter as those of one pass do, which has all of the first source.
    const pass = Math.round((0.7 * 0.3) / standardErrors![0]! ** 2);
    expect(run(pass, false).counts).toEqual([50, pass - 50]);
    expect(run(5 * pass, false).counts).toEqual([250, 5 * (pass - 50)]);
    expect(run(5 * pass, true).counts).not.toEqual([250, 5 * (pass - 50)]);
    expect(remarks[1]).toContain('each pass reads the same documents and leaves');
    expect(run(700, true).remarks[1]).toContain('unless they are shuffled anew');
  });

  it('says how long the index is that a mixture without streaming holds in memory', () => {
    expect(simulate('all_exhausted', 100e6, false).remarks).toEqual([
      expect.stringContaining('about 2000000 documents'),
    ]);
    expect(simulate('all_exhausted', 100e6).remarks).toEqual([]);
  });

  it('ends though a source of share 0 is never used up, for which the trainer waits without end', () => {
    const input = { ...simulationOf([1, 0]), targetTokens: 1e9 };
    expect(interleave(input, 'all_exhausted_without_replacement', true).counts).toEqual([500, 0]);
    expect(interleave(input, 'all_exhausted', true).counts).toEqual([500, 0]);
  });
});

function simulationOf(amounts: number[]): SimulationInput {
  const stock = [millions(100, 0.1, 'web'), millions(100, 0.1, 'code')];
  return { amounts, stock, draws: 500, settings: {}, random: createRandom(1) };
}
