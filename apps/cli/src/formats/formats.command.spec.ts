import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatListSchema } from '#libs/contracts';
import { formatNames, formats } from '#libs/training-configs';
import { shellWords } from '../../test/fenced-blocks.js';
import { runMain } from '../../test/run-main.js';
import { flagOf, inFlags } from '../training-config/flag-names.js';
import { addFormatOption, addFormatOptions, formatOptionsOf } from '../training-config/format-options.js';
import { optionsOfFormats } from '../training-config/option-summary.js';

const examples = fileURLToPath(new URL('../../../../examples/export/', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuvee-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('cuvee formats', () => {
  it('lists every format with its trainer and what a weight counts there', async () => {
    const { code, stdout } = await runMain(['formats']);
    expect(code).toBe(0);
    for (const { name, trainer, units } of Object.values(formats)) {
      expect(stdout).toContain(`${name} `);
      expect(stdout).toContain(trainer);
      for (const unit of units) expect(stdout).toMatch(new RegExp(`^${unit} `, 'm'));
    }
    const table = stdout.split('\n').slice(0, formatNames.length + 2);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints what GET /v1/formats answers with --json', async () => {
    const { stdout } = await runMain(['formats', '--json']);
    const parsed = formatListSchema.parse(JSON.parse(stdout));
    expect(parsed.formats.map(({ name }) => name)).toEqual(formatNames);
    const one = await runMain(['formats', 'megatron', '--json']);
    expect(JSON.parse(one.stdout)).toEqual(parsed.formats.find(({ name }) => name === 'megatron'));
  });

  it.each(formatNames)('%s: names every option, and shows a command that works as it stands', async (name) => {
    const { code, stdout } = await runMain(['formats', name]);
    expect(code).toBe(0);
    for (const option of Object.keys(formats[name]!.options)) expect(stdout).toContain(`${flagOf(option)} `);
    const [, example = ''] = /\n(npx cuvee export [\s\S]*)$/.exec(stdout) ?? [];
    const [npx, cuvee, ...words] = shellWords(example.replaceAll('\\\n', ' '));
    expect([npx, cuvee]).toEqual(['npx', 'cuvee']);
    const places: Record<string, string> = {
      'proposal.json': join(examples, 'proposal.json'),
      'corpus.json': join(examples, 'corpus.json'),
      configuration: join(folder, name),
    };
    const exported = await runMain(words.map((word) => places[word] ?? word));
    expect(exported.code, exported.stderr).toBe(0);
  });

  it('refuses a name that no format has, with those there are', async () => {
    const { code, stderr } = await runMain(['formats', 'none']);
    expect([code, stderr]).toEqual([
      2,
      `cuvee: there is no format "none"; the formats are ${formatNames.join(', ')}\n`,
    ]);
  });
});

describe('the flags of formats', () => {
  it('take a value in all formats that have the option, or in none', () => {
    for (const { name, formats: takers } of optionsOfFormats()) {
      const flags = new Set(takers.map((format) => formats[format]!.options[name]!.kind === 'flag'));
      expect([...flags], `${name} of ${takers}`).toHaveLength(1);
    }
  });

  it('are one text to a format that wants one, where another takes several', async () => {
    const command = new Command('x').exitOverride();
    let given: unknown;
    addFormatOptions(addFormatOption(command)).action((options) => {
      given = formatOptionsOf(command, options.format);
    });
    await command.parseAsync(['--format', 'megatron', '--valid', 'a', '--train-steps', '10'], { from: 'user' });
    expect(given).toEqual({ valid: ['a'], trainSteps: '10' });
    const single = formatNames.find((name) => formats[name]!.options.valid?.kind === 'text')!;
    await command.parseAsync(['--format', single, '--valid', 'a'], { from: 'user' });
    expect(given).toEqual({ valid: 'a' });
  });

  it.each(['pull', 'export', 'check', 'mixture'])(
    'are all named in the help of %s, which fits on a screen or two',
    async (command) => {
      const { stdout } = await runMain([command, '--help']);
      const flat = stdout.replace(/\s+/g, ' ');
      for (const { name } of optionsOfFormats()) expect(`${flat} `).toContain(` ${flagOf(name)} `);
      expect(stdout.split('\n').length).toBeLessThan(65);
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
      expect(flat.includes('Options of every format:')).toBe(command !== 'mixture');
    },
  );

  it('are those of one format alone in the help where the format is given, in its own words', async () => {
    const { stdout } = await runMain(['pull', '--format', 'megatron', '--help']);
    const flat = stdout.replace(/\s+/g, ' ');
    const own = Object.keys(formats.megatron!.options);
    for (const { name } of optionsOfFormats()) {
      expect(flat.includes(` ${flagOf(name)} `), flagOf(name)).toBe(own.includes(name));
    }
    expect(flat).toContain('e.g. /data/{domain}_text_document');
    expect(flat).toContain('--draws <n>');
  });

  it('stand in messages of the library where it names options as the REST interface does', () => {
    expect(inFlags('give trainSteps, or batchSize with targetTokens')).toBe(
      'give --train-steps, or --batch-size with --target-tokens',
    );
    expect(inFlags('in the option "location", or the option location.')).toBe('in --location, or --location.');
    expect(inFlags('with the options valid and test.')).toBe('with --valid and --test.');
    expect(inFlags('key "targetTokens" of model.trainSteps stays')).toBe(
      'key "targetTokens" of model.trainSteps stays',
    );
  });
});
