// Every format, against everything a user may hand it: it writes what its trainer reads back, or it refuses and says
// what is wrong with which value. Which of the two each name meets stands in golden/hostile-names.txt of the format.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import {
  type CanonicalProposal,
  commonOptions,
  type ExportOptions,
  exportProposal,
  formatNames,
  formats,
  type OptionDescription,
  unitNeeds,
} from '../src/index.js';
import { expectRoundTrip } from './expect-round-trip.js';
import { leastWeightOf } from './format-limits.js';
import { goldenFolder, namesWritten } from './golden-folder.js';
import { hostileNames, hostileProposal, proposalOf } from './hostile-names.js';
import { variantsOf } from './variants.js';

/** "written", or what the refusal says; anything but a refusal that names its cause is thrown. */
function outcome(format: string, proposal: CanonicalProposal, options: ExportOptions, named: string): string {
  let result: ReturnType<typeof exportProposal>;
  try {
    result = exportProposal(proposal, format, { draws: 10, ...options });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw new Error(`with ${JSON.stringify(named)}`, { cause: error });
    expect(error.details.argument, error.message).toMatch(/\w/);
    const spelt = [named, JSON.stringify(named).slice(1, -1)];
    expect(
      spelt.some((text) => error.message.includes(text)),
      `"${error.message}" names ${named}`,
    ).toBe(true);
    return `${error.code}: ${error.message}`;
  }
  expectRoundTrip(result, proposal, options);
  return 'written';
}

describe.each(formatNames)('%s', (name) => {
  const { example, options, zeros, maxDomains } = formats[name]!;
  const bare = Object.hasOwn(options, 'location') ? { ...example, location: '{domain}' } : null;

  it.each([
    ['with the options of the example', 'hostile-names', example],
    ...(bare ? [['as a whole location', 'hostile-locations', bare] as const] : []),
  ] as const)('writes or refuses names that readers take for something else, %s', (_, file, options) => {
    const outcomes = hostileNames.map(
      (hostile) => [hostile, outcome(name, hostileProposal(hostile), options, hostile)] as const,
    );
    const refused = outcomes.filter(([, outcome]) => outcome !== 'written');
    const written = outcomes.filter(([, outcome]) => outcome === 'written');
    const lines = [
      ...refused.map(([hostile, outcome]) => `${JSON.stringify(hostile)}: ${outcome}`),
      'written:',
      ...written.map(([hostile]) => JSON.stringify(hostile)),
    ];
    const path = join(goldenFolder(name), `${file}.txt`);
    const text = `${lines.join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN) {
      mkdirSync(goldenFolder(name), { recursive: true });
      writeFileSync(path, text);
    }
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it('writes a corpus of such names alone, those that it refuses left out', () => {
    const accepted = namesWritten(name);
    expect(accepted.length).toBeGreaterThan(5);
    const proposal = proposalOf(accepted.map((hostile) => [hostile, 1 / accepted.length]));
    expectRoundTrip(exportProposal(proposal, name, { ...example, draws: 10 }), proposal, example);
  });

  it('keeps a weight of 0 or says that it is left out', () => {
    const proposal = proposalOf([
      ['web', 0.7],
      ['none', 0],
      ['code', 0.3],
    ]);
    const result = exportProposal(proposal, name, { ...example, draws: 10 });
    expectRoundTrip(result, proposal, example);
    expect(result.phases[0]!.domains).toHaveLength(zeros === 'kept' ? 3 : 2);
    expect(result.phases[0]!.dropped).toEqual(zeros === 'kept' ? [] : [{ domain: 'none', weight: 0 }]);
    if (zeros === 'dropped') expect(result.warnings).toContainEqual(expect.stringMatching(/left out.*"none"/));
  });

  it('writes a weight of 1e-9, or refuses it because the trainer cannot hold it', () => {
    const written = outcome(
      name,
      proposalOf([
        ['web', 0.7],
        ['dust', 1e-9],
        ['code', 0.3 - 1e-9],
      ]),
      example,
      'dust',
    );
    expect(written === 'written').toBe(leastWeightOf(name, 1e-9) === 1e-9);
  });

  it('leaves out a weight below all decimals, or refuses it', () => {
    const proposal = proposalOf([
      ['web', 0.7],
      ['dust', 1e-17],
      ['code', 0.3],
    ]);
    outcome(name, proposal, example, 'dust');
  });

  it('takes as many domains as it says and not one more', () => {
    const many = Array.from({ length: Math.min(maxDomains, 400) + 1 }, (_, i) => [`d${i}`, 1] as const);
    const shared = (count: number) => proposalOf(many.slice(0, count).map(([domain]) => [domain, 1 / count]));
    const least = Math.min(maxDomains, 400);
    if (1 / least >= leastWeightOf(name, 1e-9)) expect(outcome(name, shared(least), example, '')).toBe('written');
    if (maxDomains > 400) return;
    expect(outcome(name, shared(maxDomains + 1), example, String(maxDomains))).toMatch(/^TOO_MANY_DOMAINS/);
  });

  it.each(variantsOf(name))(
    'asks for the facts that its unit needs, naming the domain or the option, %s',
    (_, options) => {
      const weights = [
        ['web', 0.6],
        ['code', 0.4],
      ] as const;
      const { unit } = exportProposal(proposalOf(weights), name, options);
      for (const fact of ['tokens', 'documents', 'targetTokens'] as const) {
        const gap = fact === 'targetTokens' ? { targetTokens: undefined } : { [fact]: { web: 1e6 } };
        if (!unitNeeds[unit].includes(fact)) continue;
        const asked = fact === 'targetTokens' ? fact : '"code"';
        expect(outcome(name, proposalOf(weights, gap), options, asked), fact).toMatch(/^UNIT_FACTS_MISSING/);
      }
    },
  );

  it('refuses more passes over a domain than the cap allows', () => {
    const proposal = proposalOf(
      [
        ['web', 0.5],
        ['code', 0.5],
      ],
      { tokens: { web: 1e9, code: 1e8 }, maxEpochs: 4 },
    );
    expect(outcome(name, proposal, example, '"code" would be repeated for 5 epochs')).toMatch(/^REPETITION_ABOVE_CAP/);
    expect(outcome(name, proposal, { ...example, maxEpochs: 5 }, '')).toBe('written');
  });

  it('refuses one location for two domains, an empty one, control characters in one, and one that it has no use for', () => {
    const proposal = proposalOf([
      ['web', 0.6],
      ['code', 0.4],
    ]);
    const at = (location: string, named: string) => outcome(name, proposal, { ...example, location }, named);
    if (bare === null) {
      expect(at('/data/{domain}', '"location"')).toMatch(/^EXPORT_OPTION/);
      return;
    }
    for (const location of ['/data/all', 'org/all']) {
      expect(at(location, location)).toMatch(/^LOCATION_(?:DUPLICATE|INVALID|MISSING)/);
    }
    expect(at('', 'location')).toMatch(/^EXPORT_OPTION/);
    for (const control of ['\n', '\t', '\r', '\0', '\u001c', '\u0085', '\u2028', '\ud800']) {
      expect(at(`/d/${control}{domain}`, '/d/')).toMatch(/^LOCATION_INVALID/);
    }
  });

  it('refuses an option that it does not have, and a value that an option cannot take', () => {
    const proposal = proposalOf([
      ['web', 0.6],
      ['code', 0.4],
    ]);
    const given = (option: ExportOptions, named: string) => outcome(name, proposal, { ...example, ...option }, named);
    expect(given({ shuffel: 'yes' }, 'shuffel')).toMatch(/^EXPORT_OPTION/);
    for (const [option, { kind }] of Object.entries({ ...commonOptions, ...options })) {
      for (const value of unfit[kind]) {
        expect(given({ [option]: value }, `"${option}"`), `${option}=${JSON.stringify(value)}`).toMatch(
          /^EXPORT_OPTION/,
        );
      }
    }
  });
});

/** For each kind of option, what it is not. */
const unfit: Readonly<Record<OptionDescription['kind'], readonly NonNullable<ExportOptions[string]>[]>> = {
  text: ['', 1, true, ['a']],
  list: [[], [''], 1, true],
  integer: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 'many', '', ' ', true, ['1']],
  number: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1,5', '', true, ['1']],
  choice: ['', 'something else', 1, true],
  flag: ['yes', '', 0, 1],
};
