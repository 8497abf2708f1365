import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse as parseCsvIndependently } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import type { TrainingConfigFormat } from './format.js';
import { canonicalProposal, ExportMismatchError, exportProposal, exportWith, formatNames, formats } from './index.js';

const prefix = '/data/{domain}_text_document';
const optionsOf = (format: string) => (format === 'megatron' ? { prefix } : {});

/** Random mixtures: 2 to 300 domains, weights over nine decades, some exactly 0. */
const mixtures = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/), {
      minLength: 2,
      maxLength: 300,
      size: 'max',
    }),
    seed: fc.infiniteStream(fc.oneof(fc.double({ min: -9, max: 0, noNaN: true }), fc.constant(null))),
  })
  .map(({ names, seed }) => {
    const raw = names.map((_, i) => {
      const exponent = seed.next().value;
      return i === 0 ? 1 : exponent === null || exponent === undefined ? 0 : 10 ** exponent;
    });
    const sum = raw.reduce((total, value) => total + value, 0);
    return Object.fromEntries(names.map((name, i) => [name, raw[i]! / sum]));
  });

describe('exportProposal', () => {
  it.each(formatNames)('%s: random mixtures come back from their files, within 1e-12, without exponents', (format) => {
    fc.assert(
      fc.property(mixtures, (weights) => {
        const { files } = exportProposal(canonicalProposal({ weights }), format, optionsOf(format));
        const expected = new Map(
          Object.entries(weights)
            .filter(([, weight]) => weight > 0 || formats[format]!.zeros === 'kept')
            .map(([domain, weight]) => [format === 'megatron' ? `/data/${domain}_text_document` : domain, weight]),
        );
        const parsed = formats[format]!.parse(files);
        for (const { path } of files) {
          const train = parsed[path]!.train!;
          expect(train.length).toBe(expected.size);
          let sum = 0;
          for (const { key, weight } of train) {
            expect(Math.abs(weight! - expected.get(key)!)).toBeLessThanOrEqual(1e-12);
            sum += weight!;
          }
          expect(Math.abs(sum - 1)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes the blend as a plain reader of words finds it: weight, prefix, and a sum of 1 to the last decimal', () => {
    fc.assert(
      fc.property(mixtures, (weights) => {
        const { files } = exportProposal(canonicalProposal({ weights }), 'megatron', { prefix });
        const words = files
          .find(({ path }) => path === 'blend.txt')!
          .content.trim()
          .split(/\s+/);
        const units = words
          .filter((_, i) => i % 2 === 0)
          .map((word) => {
            expect(word).toMatch(/^[01]\.\d{12,15}$/);
            return BigInt(word.replace('.', '').padEnd(16, '0'));
          });
        expect(units.reduce((sum, unit) => sum + unit, 0n)).toBe(10n ** 15n);
        expect(units.every((unit) => unit > 0n)).toBe(true);
        expect(words.filter((_, i) => i % 2 === 1)).toEqual(
          Object.keys(weights)
            .filter((name) => weights[name]! > 0)
            .map((name) => `/data/${name}_text_document`),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('drops zero weights for Megatron, says which, and keeps them for json and csv', () => {
    const proposal = canonicalProposal({ weights: { web: 0.7, none: 0, code: 0.3 } });
    const { files, warnings } = exportProposal(proposal, 'megatron', { prefix });
    expect(files[0]!.content).toBe('0.700000000000 /data/web_text_document\n0.300000000000 /data/code_text_document\n');
    expect(warnings).toEqual(['left out, because megatron takes no weight of 0: "none"']);
    const csv = exportProposal(proposal, 'csv').files[0]!.content;
    expect(parseCsvIndependently(csv, { columns: true })).toMatchObject([
      { weight: '0.700000000000' },
      { domain: 'none', weight: '0.000000000000' },
      {},
    ]);
    expect(JSON.parse(exportProposal(proposal, 'json').files[0]!.content).weights).toEqual({
      web: 0.7,
      none: 0,
      code: 0.3,
    });
  });

  it('leaves out a weight that no decimals can hold and states the change', () => {
    const proposal = canonicalProposal({ weights: { web: 1 - 1e-9, dust: 1e-17, grain: 1e-9 } });
    const { files, warnings } = exportProposal(proposal, 'megatron', { prefix });
    expect(files[0]!.content).not.toContain('dust');
    expect(files[0]!.content).toContain('0.000000001000 /data/grain_text_document');
    expect(warnings).toEqual([
      expect.stringMatching(/"dust" was left out: its weight 1e-17 is below what 15 decimals/),
    ]);
  });

  it('puts the rounding residue on the largest weight', () => {
    const third = 1 / 3;
    const { files } = exportProposal(canonicalProposal({ weights: { a: third, b: third, c: third } }), 'megatron', {
      prefix,
    });
    expect(
      files[0]!.content
        .split('\n')
        .slice(0, 3)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['0.333333333333334', '0.333333333333333', '0.333333333333333']);
  });

  it('says when a domain is repeated often, and the meta file carries epochs, hash and flags', () => {
    const proposal = canonicalProposal(
      { id: 'p1', hash: 'sha256:1', weights: { web: 0.9, code: 0.1 } },
      { targetTokens: 1000, tokens: { web: 900, code: 10 } },
    );
    const { files, warnings } = exportProposal(proposal, 'megatron', { prefix });
    expect(warnings).toEqual(['"code" will be repeated for 10 epochs']);
    const meta = JSON.parse(files.find(({ path }) => path === 'blend.meta.json')!.content);
    expect(meta).toMatchObject({
      proposalId: 'p1',
      hash: 'sha256:1',
      targetTokens: 1000,
      warnings,
      domains: [
        { domain: 'web', epochs: 1, trainingTokens: 900 },
        { domain: 'code', epochs: 10 },
      ],
    });
    expect(meta.flags.single.slice(0, 4)).toEqual(['--data-args-path', 'blend.txt', '--split', '100,0,0']);
    expect(meta.flags.perSplit).toEqual(['--per-split-data-args-path', 'blend.per-split.json', '--eval-iters', '0']);
  });

  it('lists validation and test prefixes without weights', () => {
    const { files } = exportProposal(canonicalProposal({ weights: { a: 0.5, b: 0.5 } }), 'megatron', {
      prefix,
      valid: ['/v/a', '/v/b'],
      test: ['/t/a'],
    });
    const perSplit = JSON.parse(files.find(({ path }) => path === 'blend.per-split.json')!.content);
    expect(perSplit.valid).toEqual(['/v/a', '/v/b']);
    expect(perSplit.test).toEqual(['/t/a']);
    const meta = JSON.parse(files.find(({ path }) => path === 'blend.meta.json')!.content);
    expect(meta.flags.perSplit).toEqual([
      '--per-split-data-args-path',
      'blend.per-split.json',
      '--multiple-validation-sets',
    ]);
  });

  it('prefers the registered location of a domain to the template', () => {
    const proposal = canonicalProposal(
      { weights: { a: 0.5, b: 0.5 } },
      { locations: { a: { megatron: '/lake/a-v2' } } },
    );
    expect(exportProposal(proposal, 'megatron', { prefix }).files[0]!.content).toBe(
      '0.500000000000 /lake/a-v2\n0.500000000000 /data/b_text_document\n',
    );
  });

  describe('refuses what the trainer would misread', () => {
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
      ['no location', two, {}, /^LOCATION_MISSING: .*"web".*--prefix/],
      ['white space in a path', two, { prefix: '/my data/{domain}' }, /^LOCATION_INVALID: .*white space/],
      ['a no-break space', two, { prefix: '/my\u00a0data/{domain}' }, /^LOCATION_INVALID/],
      ['a file separator, at which Python splits', two, { prefix: '/a\u001c{domain}' }, /^LOCATION_INVALID/],
      ['next line, at which Python splits', two, { prefix: '/a\u0085{domain}' }, /^LOCATION_INVALID/],
      ['a name like a number', { '1e5': 0.5, b: 0.5 }, { prefix: '{domain}' }, /^LOCATION_INVALID: .*"1e5".*number/],
      ['a name like a grouped number', { '1_000': 0.5, b: 0.5 }, { prefix: '{domain}' }, /^LOCATION_INVALID/],
      ['a name like infinity', { Inf: 0.5, b: 0.5 }, { prefix: '{domain}' }, /^LOCATION_INVALID/],
      ['an Arabic-Indic number', { '٣': 0.5, b: 0.5 }, { prefix: '{domain}' }, /^LOCATION_INVALID/],
      ['a .bin file', two, { prefix: '/d/{domain}.bin' }, /^LOCATION_INVALID: .*\.bin/],
      ['an .idx file', two, { prefix: '/d/{domain}.idx' }, /^LOCATION_INVALID/],
      ['one location for two domains', two, { prefix: '/data/all' }, /^LOCATION_DUPLICATE: "web" and "code"/],
      ['an empty prefix', two, { prefix: '' }, /^EXPORT_OPTION/],
      ['a validation prefix with a blank', two, { prefix, valid: ['/v a'] }, /^LOCATION_INVALID: .*valid/],
      ['a validation prefix twice', two, { prefix, valid: ['/v', '/v'] }, /^LOCATION_DUPLICATE/],
      ['an unknown option', two, { prefix, shuffle: 'yes' }, /^EXPORT_OPTION: .*"shuffle"; it has prefix, valid, test/],
      ['a list where text belongs', two, { prefix: ['a'] }, /^EXPORT_OPTION/],
      ['a negative weight', { a: -0.1, b: 1.1 }, { prefix }, /^WEIGHT_NEGATIVE/],
      ['a sum beyond 0.005', { a: 0.5, b: 0.51 }, { prefix }, /^WEIGHTS_SUM: .*1\.01/],
      ['not a number', { a: Number.NaN, b: 1 }, { prefix }, /^WEIGHT_NOT_FINITE/],
      ['text as weight', { a: '0.5', b: 0.5 }, { prefix }, /^PROPOSAL_FIELD: .*"a"/],
      [
        'a duplicate domain',
        [
          { domain: 'a', weight: 0.5 },
          { domain: 'a', weight: 0.5 },
        ],
        { prefix },
        /^DOMAIN_DUPLICATE/,
      ],
      ['a line break in a name', { 'a\nb': 0.5, c: 0.5 }, { prefix }, /^DOMAIN_UNPRINTABLE/],
      ['no weights', {}, { prefix }, /^PROPOSAL_WEIGHTS_MISSING/],
    ] as const)('%s', (_, weights, options, expected) => {
      expect(refusal(weights, options as Record<string, string | string[]>)).toMatch(expected);
    });

    it('more datasets than the blending index can count', () => {
      const weights = Object.fromEntries(Array.from({ length: 32_767 }, (_, i) => [`d${i}`, 1 / 32_767]));
      expect(refusal(weights, { prefix })).toMatch(/^TOO_MANY_DOMAINS: .*32766/);
    });

    it('an option of another format', () => {
      expect(refusal(two, { prefix }, 'csv')).toMatch(/^EXPORT_OPTION: .*"csv" has no option "prefix"; it has none/);
    });

    it('an unknown format', () => {
      expect(refusal(two, {}, 'toString')).toMatch(/^EXPORT_FORMAT_UNKNOWN: .*json, csv, megatron/);
    });
  });

  describe('never returns a file that does not parse back', () => {
    const tampered = (base: string, edit: (content: string) => string): TrainingConfigFormat => {
      const format = formats[base]!;
      return {
        ...format,
        write: (plan) =>
          format.write(plan).map((file, i) => (i === 0 ? { ...file, content: edit(file.content) } : file)),
      };
    };
    const proposal = canonicalProposal({ weights: { a: 0.6, b: 0.25, c: 0.15 } });
    it.each([
      ['megatron', 'a changed weight', (text: string) => text.replace('0.600000000000', '0.600000000002')],
      ['megatron', 'a sum off by 1e-9', (text: string) => text.replace('0.600000000000', '0.600000001100')],
      ['megatron', 'a lost line', (text: string) => text.replace(/.*\n$/, '')],
      [
        'megatron',
        'swapped prefixes',
        (text: string) => text.replace('/a_', '/x_').replace('/b_', '/a_').replace('/x_', '/b_'),
      ],
      ['megatron', 'an exponent', (text: string) => text.replace('0.600000000000', '6e-1')],
      ['csv', 'a changed weight', (text: string) => text.replace('0.600000000000', '0.600000000002')],
      ['csv', 'a lost row', (text: string) => text.replace(/c,.*\n/, '')],
      ['json', 'a changed weight', (text: string) => text.replace('0.600000000000', '0.600000000002')],
      ['json', 'an exponent', (text: string) => text.replace('0.600000000000', '6e-1')],
      ['json', 'a domain more', (text: string) => text.replace('"weights": {', '"weights": { "d": 0.0,')],
    ])('%s: %s', (base, _, edit) => {
      const format = tampered(base, edit);
      expect(() => exportWith(format, proposal, optionsOf(base))).toThrow(ExportMismatchError);
      expect(() => exportWith(formats[base]!, proposal, optionsOf(base))).not.toThrow();
    });
  });

  it('writes exactly the golden files', () => {
    const proposal = canonicalProposal(
      {
        id: 'prop-golden',
        hash: 'sha256:0123',
        createdAt: '2026-11-22T00:00:00.000Z',
        weights: { web: 0.6, code: 0.3, 'wiki-en': 0.0999999, 'q.a': 1e-7, none: 0 },
        provenance: { sweepId: 'sw-1', seed: 42 },
      },
      { targetTokens: 1e9, tokens: { web: 3e9, code: 1e8, 'wiki-en': 5e7, 'q.a': 1e6, none: 10 } },
    );
    const folder = fileURLToPath(new URL('../fixtures/golden/', import.meta.url));
    for (const format of formatNames) {
      const options = format === 'megatron' ? { prefix, valid: ['/data/web_valid', '/data/code_valid'] } : {};
      for (const { path, content } of exportProposal(proposal, format, options).files) {
        if (process.env.UPDATE_GOLDEN) {
          mkdirSync(`${folder}${format}`, { recursive: true });
          writeFileSync(`${folder}${format}/${path}`, content);
        }
        expect(content, `${format}/${path}`).toBe(readFileSync(`${folder}${format}/${path}`, 'utf8'));
      }
    }
  });
});
