import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import type { TrainingConfigFormat } from '../format.js';
import { canonicalProposal, exportProposal, formats, inPhases } from '../index.js';
import { ExportMismatchError } from './export-mismatch.error.js';
import { exportWith } from './export-proposal.js';

const location = '/data/{domain}_text_document';
const csv = formats.csv!;

/** A format whose weights count something else than sequences; its table is that of csv. */
const counting = (unit: 'documents' | 'epochs' | 'kept'): TrainingConfigFormat => ({
  ...csv,
  name: 'rows',
  zeros: 'dropped',
  unit: () => unit,
  units: [unit],
  parse: (file, options) => ({ ...csv.parse(file, options), findings: [] }),
});

const file = (result: ReturnType<typeof exportProposal>, path: string) =>
  result.files.find((candidate) => candidate.path === path)!.content;

describe('exportProposal', () => {
  it('drops zero weights for Megatron, says which, and keeps them for json and csv', () => {
    const proposal = canonicalProposal({ weights: { web: 0.7, none: 0, code: 0.3 } });
    const result = exportProposal(proposal, 'megatron', { location });
    expect(file(result, 'blend.txt')).toBe(
      '0.700000000000 /data/web_text_document\n0.300000000000 /data/code_text_document\n',
    );
    expect(result.warnings).toEqual(['left out, because megatron takes no weight of 0: "none"']);
    expect(result.phases[0]!.dropped).toEqual([{ domain: 'none', weight: 0 }]);
    expect(file(exportProposal(proposal, 'csv'), 'mixture.csv')).toContain('none,0.000000000000');
    expect(file(exportProposal(proposal, 'json'), 'mixture.json')).toContain('"none": 0.000000000000');
  });

  it('names ten of many domains without weight: the sidecar has all', () => {
    const zeros = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`none-${i}`, 0]));
    const result = exportProposal(canonicalProposal({ weights: { web: 1, ...zeros } }), 'megatron', { location });
    expect(result.warnings[0]).toMatch(/: ("none-\d", ){10}and 30 more$/);
    expect(result.phases[0]!.dropped).toHaveLength(40);
  });

  it('leaves out a weight that no decimals can hold and states the change', () => {
    const proposal = canonicalProposal({ weights: { web: 1 - 1e-9, dust: 1e-17, grain: 1e-9 } });
    const result = exportProposal(proposal, 'megatron', { location });
    expect(file(result, 'blend.txt')).not.toContain('dust');
    expect(file(result, 'blend.txt')).toContain('0.000000001000 /data/grain_text_document');
    expect(result.warnings).toEqual([
      expect.stringMatching(/"dust" was left out: its weight 1e-17 is below what 15 decimals/),
    ]);
  });

  it('writes documents, passes and rows kept where the trainer counts those', () => {
    const proposal = canonicalProposal(
      { weights: { web: 0.6, papers: 0.4 } },
      { tokens: { web: 1e9, papers: 1e8 }, documents: { web: 1e6, papers: 1e4 }, targetTokens: 1e9 },
    );
    const amounts = (unit: 'documents' | 'epochs' | 'kept') =>
      exportWith(counting(unit), proposal).phases[0]!.domains.map(({ amount }) => amount);
    // 1000 and 10000 tokens a document: 0.6 / 1000 against 0.4 / 10000.
    expect(amounts('documents').map(Number)).toEqual([0.9375, 0.0625]);
    expect(amounts('epochs').map(Number)).toEqual([0.6, 4]);
    expect(amounts('kept').map(Number)).toEqual([0.15, 1]);
  });

  it('keeps the share of a small part of a vast domain beside a small domain', () => {
    const proposal = canonicalProposal(
      { weights: { vast: 0.5, small: 0.5 } },
      { tokens: { vast: 1e13, small: 1e4 }, targetTokens: 1e6 },
    );
    expect(exportWith(counting('kept'), proposal).phases[0]!.domains.map(({ amount }) => amount)).toEqual([
      '0.000000001000',
      '1.000000000000',
    ]);
    expect(exportWith(counting('epochs'), proposal).phases[0]!.domains[0]!.amount).toBe('0.000000050000');
  });

  it('tells epochs, tokens and what the sampler makes of the weights, domain by domain', () => {
    const proposal = canonicalProposal(
      { id: 'prp_1', hash: 'sha256:1', weights: { web: 0.9, code: 0.1 } },
      { targetTokens: 1000, tokens: { web: 900, code: 10 } },
    );
    const result = exportProposal(proposal, 'megatron', { location, draws: 1000 });
    expect(result.warnings).toEqual(['repeated for more than 4 epochs: "code" 10']);
    expect(result).toMatchObject({ unit: 'sequences', targetTokens: 1000 });
    expect(result.phases).toEqual([
      {
        name: 'all',
        start: 0,
        tokens: 1000,
        dropped: [],
        sampler: 'greedy blend',
        draws: 1000,
        remarks: [],
        domains: [
          {
            domain: 'web',
            key: '/data/web_text_document',
            weight: 0.9,
            amount: '0.900000000000',
            epochs: 1,
            epochsOfRun: 1,
            availableTokens: 900,
            trainingTokens: 900,
            realised: 0.9,
            standardError: null,
          },
          {
            domain: 'code',
            key: '/data/code_text_document',
            weight: 0.1,
            amount: '0.100000000000',
            epochs: 10,
            epochsOfRun: 10,
            availableTokens: 10,
            trainingTokens: 100,
            realised: 0.1,
            standardError: null,
          },
        ],
      },
    ]);
  });

  it('writes beside the files where they come from, what they say, and what they hold', () => {
    const proposal = canonicalProposal({ id: 'prp_1', hash: 'sha256:1', weights: { web: 1 }, provenance: { seed: 7 } });
    const result = exportProposal(proposal, 'megatron', { location });
    const { files, warnings, usage, phases, ...rest } = JSON.parse(file(result, 'megatron.meta.json'));
    expect(rest).toMatchObject({ format: 'megatron', proposalId: 'prp_1', hash: 'sha256:1', provenance: { seed: 7 } });
    expect([warnings, usage, phases]).toEqual([result.warnings, result.usage, result.phases]);
    expect(files.map(({ path }: { path: string }) => path)).toEqual(['blend.txt', 'blend.per-split.json']);
  });

  it('puts validation and test prefixes into the file', () => {
    const valid = ['/v/a', '/v/b'];
    const result = exportProposal(canonicalProposal({ weights: { a: 0.5, b: 0.5 } }), 'megatron', {
      location,
      valid,
      test: '/t/a',
    });
    expect(JSON.parse(file(result, 'blend.per-split.json'))).toMatchObject({ valid, test: ['/t/a'] });
  });

  it('prefers the registered location of a domain to the template, and fills the name into either', () => {
    const proposal = canonicalProposal(
      { weights: { a: 0.5, b: 0.25, c: 0.25 } },
      { locations: { a: { megatron: '/lake/a-v2' }, b: { megatron: '/lake/{domain}/{domain}' } } },
    );
    expect(file(exportProposal(proposal, 'megatron', { location }), 'blend.txt')).toBe(
      '0.500000000000 /lake/a-v2\n0.250000000000 /lake/b/b\n0.250000000000 /data/c_text_document\n',
    );
  });

  it('changes nothing between two exports of one proposal', () => {
    const proposal = canonicalProposal({ weights: { a: 0.5, b: 0.5 } });
    for (const format of Object.values(formats)) {
      const options = { ...format.example, targetTokens: 1e9, draws: 100 };
      const facts = { tokens: { a: 1e9, b: 1e8 }, documents: { a: 1e6, b: 1e5 } };
      const full = canonicalProposal({ weights: { a: 0.5, b: 0.5 } }, facts);
      expect(exportProposal(full, format.name, options)).toEqual(exportProposal(full, format.name, options));
    }
    expect(exportProposal(proposal, 'csv')).toEqual(exportProposal(proposal, 'csv'));
  });

  it('counts down nothing that the run does not have: epochs are null until tokens and length are known', () => {
    const known = { tokens: { a: 10 } };
    const domains = (details: object) =>
      exportProposal(canonicalProposal({ weights: { a: 0.5, b: 0.5 } }, details), 'csv').phases[0]!.domains;
    expect(domains(known).map(({ epochs }) => epochs)).toEqual([null, null]);
    expect(domains({ ...known, targetTokens: 100 }).map(({ epochs }) => epochs)).toEqual([5, null]);
    expect(domains({ ...known, targetTokens: 100 }).map(({ trainingTokens }) => trainingTokens)).toEqual([50, 50]);
  });
});

describe('exportProposal of several phases', () => {
  const facts = { tokens: { web: 800, code: 100 }, targetTokens: 1000 };
  const stable = canonicalProposal({ id: 'prp_1', weights: { web: 1 } }, facts);
  const anneal = canonicalProposal({ id: 'prp_2', weights: { web: 0.5, code: 0.5 } }, facts);
  const proposal = inPhases(stable, [{ name: 'anneal', start: 0.8, proposal: anneal }]);

  it('makes a folder for each phase of a trainer that holds one mixture, and a page on going on', () => {
    const result = exportProposal(proposal, 'megatron', { location, batchSize: 1, sequenceLength: 10 });
    expect(result.files.map(({ path }) => path)).toEqual([
      'phase-1/blend.txt',
      'phase-1/blend.per-split.json',
      'phase-2-anneal/blend.txt',
      'phase-2-anneal/blend.per-split.json',
      'PHASES.md',
      'megatron.meta.json',
    ]);
    const page = file(result, 'PHASES.md');
    expect(page).toContain('1. `phase-1/`: from 0 % of the run (token 0), for 800 tokens');
    expect(page).toContain('2. `phase-2-anneal/`: from 80 % of the run (token 800), for 200 tokens');
    // 100 steps of 10 tokens: the second phase begins at the eightieth.
    expect(page).toContain('--phase-transition-iterations 80');
    expect(result.usage.at(-1)).toContain('--phase-transition-iterations 80');
  });

  it('counts passes in each phase and in the whole run', () => {
    const { phases } = exportProposal(proposal, 'csv');
    expect(phases.map(({ tokens }) => tokens)).toEqual([800, 200]);
    expect(phases[1]!.domains.map(({ domain, epochs, epochsOfRun }) => [domain, epochs, epochsOfRun])).toEqual([
      ['web', 0.125, 1.125],
      ['code', 1, 1],
    ]);
  });

  it('measures the cap over all phases together', () => {
    expect(() => exportProposal(proposal, 'csv', { maxEpochs: 1.1 })).toThrow(
      /"web" would be repeated for 1\.125 epochs/,
    );
    expect(() => exportProposal(proposal, 'csv', { maxEpochs: 1.125 })).not.toThrow();
  });

  it('converts passes with the length of the phase, not of the run', () => {
    const { phases } = exportWith(counting('epochs'), proposal);
    expect(phases.map(({ domains }) => domains.map(({ amount }) => Number(amount)))).toEqual([[1], [0.125, 1]]);
  });

  it('keeps every phase in the one file of a format that has phases', () => {
    const { phases } = JSON.parse(file(exportProposal(proposal, 'json'), 'mixture.json'));
    expect(phases).toMatchObject([
      { name: 'phase-1', start: 0, weights: { web: 1, code: 0 } },
      { name: 'anneal', start: 0.8, weights: { web: 0.5, code: 0.5 } },
    ]);
  });
});

describe('exportProposal refuses what the trainer would misread', () => {
  const refusal = (weights: unknown, options: Record<string, string | string[]>, format = 'megatron') => {
    try {
      exportProposal(canonicalProposal({ weights }), format, options);
    } catch (error) {
      if (error instanceof InvalidInputError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'accepted';
  };
  const two = { web: 0.5, code: 0.5 };
  it.each([
    ['no location', two, {}, /^LOCATION_MISSING: .*"web".*locations\.megatron.*option "location"/],
    ['white space in a path', two, { location: '/my data/{domain}' }, /^LOCATION_INVALID: .*white space/],
    ['a no-break space', two, { location: '/my\u00a0data/{domain}' }, /^LOCATION_INVALID/],
    ['a file separator, at which Python splits', two, { location: '/a\u001c{domain}' }, /^LOCATION_INVALID/],
    ['next line, at which Python splits', two, { location: '/a\u0085{domain}' }, /^LOCATION_INVALID/],
    ['a name like a number', { '1e5': 0.5, b: 0.5 }, { location: '{domain}' }, /^LOCATION_INVALID: .*"1e5".*number/],
    ['a .bin file', two, { location: '/d/{domain}.bin' }, /^LOCATION_INVALID: .*\.bin/],
    ['one location for two domains', two, { location: '/data/all' }, /^LOCATION_DUPLICATE: "web" and "code"/],
    ['an empty location', two, { location: '' }, /^EXPORT_OPTION/],
    ['a validation prefix with a blank', two, { location, valid: ['/v a'] }, /^LOCATION_INVALID: .*valid/],
    ['a validation prefix twice', two, { location, valid: ['/v', '/v'] }, /^LOCATION_DUPLICATE/],
    ['an unknown option', two, { location, shuffle: 'yes' }, /^EXPORT_OPTION: .*"shuffle"; it has .*location/],
    ['a negative weight', { a: -0.1, b: 1.1 }, { location }, /^WEIGHT_NEGATIVE/],
    ['a sum beyond 0.005', { a: 0.5, b: 0.51 }, { location }, /^WEIGHTS_SUM: .*1\.01/],
    ['not a number', { a: Number.NaN, b: 1 }, { location }, /^WEIGHT_NOT_FINITE/],
    ['text as weight', { a: '0.5', b: 0.5 }, { location }, /^PROPOSAL_FIELD: .*"a"/],
    [
      'a duplicate domain',
      [
        { domain: 'a', weight: 0.5 },
        { domain: 'a', weight: 0.5 },
      ],
      { location },
      /^DOMAIN_DUPLICATE/,
    ],
    ['a line break in a name', { 'a\nb': 0.5, c: 0.5 }, { location }, /^DOMAIN_UNPRINTABLE/],
    ['a noncharacter in a name', { 'a\uffff': 0.5, c: 0.5 }, { location }, /^DOMAIN_UNPRINTABLE/],
    ['no weights', {}, { location }, /^PROPOSAL_WEIGHTS_MISSING/],
  ] as const)('%s', (_, weights, options, expected) => {
    expect(refusal(weights, options as Record<string, string | string[]>)).toMatch(expected);
  });

  it('more datasets than the blending index can count', () => {
    const weights = Object.fromEntries(Array.from({ length: 32_767 }, (_, i) => [`d${i}`, 1 / 32_767]));
    expect(refusal(weights, { location })).toMatch(/^TOO_MANY_DOMAINS: .*32766/);
  });

  it('an unknown format, with the names there are', () => {
    expect(refusal(two, {}, 'toString')).toMatch(/^EXPORT_FORMAT_UNKNOWN: .*json, csv, megatron/);
  });

  it('a unit that cannot be told, naming every domain in question', () => {
    const proposal = canonicalProposal({ weights: { a: 0.5, b: 0.3, c: 0.2 } }, { tokens: { a: 1, c: 1 } });
    expect(() => exportWith(counting('documents'), proposal)).toThrow(/the tokens and documents of "a", "b", "c"/);
    expect(() => exportWith(counting('kept'), proposal)).toThrow(/the tokens of "b" must be known/);
  });
});

describe('exportProposal never hands out a file', () => {
  const proposal = canonicalProposal({ weights: { a: 0.6, b: 0.4 } });
  const broken = (change: Partial<TrainingConfigFormat>) => () => exportWith({ ...csv, ...change }, proposal);

  it('that its own reader finds fault with', () => {
    const say = (level: 'error' | 'warning' | 'note'): TrainingConfigFormat['parse'] => {
      return (file, options) => ({
        ...csv.parse(file, options),
        findings: [{ level, where: 'row 2', message: 'is odd' }],
      });
    };
    expect(broken({ parse: say('error') })).toThrow(/mixture\.csv is not what the trainer reads: row 2: is odd/);
    expect(broken({ parse: say('warning') })).toThrow(ExportMismatchError);
    expect(broken({ parse: say('note') })).not.toThrow();
  });

  it('without weights', () => {
    expect(broken({ write: () => ({ files: [], usage: [] }) })).toThrow('no file of the export holds weights');
    const program = { path: 'load.py', content: '' };
    const parse: TrainingConfigFormat['parse'] = (file, options) =>
      file.path === 'load.py' ? { findings: [], phases: [], settings: {} } : csv.parse(file, options);
    const write: TrainingConfigFormat['write'] = (plan) => ({
      ...csv.write(plan),
      files: [program, ...csv.write(plan).files],
    });
    expect(exportWith({ ...csv, parse, write }, proposal).files.map(({ path }) => path)).toContain('load.py');
  });

  it('whose phases begin elsewhere than its writer says', () => {
    const json = formats.json!;
    const run = canonicalProposal({
      phases: [
        { name: 'one', start: 0, weights: { a: 1 } },
        { name: 'two', start: 0.5, weights: { a: 1 } },
      ],
    });
    const shifted = (starts: readonly number[] | undefined) => () =>
      exportWith({ ...json, write: (plan) => ({ ...json.write(plan), starts }) }, run);
    expect(shifted([0, 0.6])).toThrow('phase two starts at 0.5 instead of 0.6');
    expect(shifted(undefined)).toThrow('does not say where the phases start');
    expect(shifted([0, 0.5])).not.toThrow();
  });

  it('whose validation data are not those asked for', () => {
    const megatron = formats.megatron!;
    const given = { location, valid: ['/v/a'] };
    const swapped: TrainingConfigFormat['write'] = (plan) => {
      const written = megatron.write(plan);
      const files = written.files.map((file) => ({ ...file, content: file.content.replace('/v/a', '/v/b') }));
      return { ...written, files };
    };
    expect(() => exportWith({ ...megatron, write: swapped }, proposal, given)).toThrow(
      'blend.per-split.json does not hold the proposal after parsing it back: its valid split is ["/v/b"]',
    );
    expect(() => exportWith(megatron, proposal, given)).not.toThrow();
  });
});
