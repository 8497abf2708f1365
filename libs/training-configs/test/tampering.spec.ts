// A file that says anything but what was asked for is never handed out, whatever format it is in and whoever broke it.
import { describe, expect, it } from 'vitest';
import { exportWith } from '../src/export/export-proposal.js';
import { readOptions } from '../src/export/options.js';
import type { ExportPlan } from '../src/format.js';
import { canonicalProposal, type ExportedFile, ExportMismatchError, formatNames, formats } from '../src/index.js';

const proposal = canonicalProposal(
  { id: 'prp_1', weights: { alpha: 0.6, beta: 0.25, gamma: 0.15 } },
  {
    tokens: { alpha: 3e9, beta: 1e9, gamma: 7e8 },
    documents: { alpha: 3e6, beta: 5e5, gamma: 2e6 },
    targetTokens: 1e9,
  },
);

type Entry = ExportPlan['phases'][number]['entries'][number];
type Entries = readonly [alpha: Entry, beta: Entry, gamma: Entry];
type Damage = (content: string, entries: Entries) => string;

const eachLineWith = (content: string, text: string, edit: (line: string) => string) =>
  content
    .split('\n')
    .map((line) => (line.includes(text) ? edit(line) : line))
    .join('\n');

const damages: readonly (readonly [string, Damage])[] = [
  ['a weight off by 2e-12', (content, [{ text }]) => content.replaceAll(text, (Number(text) + 2e-12).toFixed(15))],
  ['a weight off by a tenth', (content, [, { text }]) => content.replaceAll(text, (Number(text) + 0.1).toFixed(12))],
  ['a weight ten times as large', (content, [{ text }]) => content.replaceAll(text, `1${text}`)],
  ['a weight below 0', (content, [, , { text }]) => content.replaceAll(text, `-${text}`)],
  ['a weight of 0', (content, [, , { text }]) => content.replaceAll(text, '0.000000000000')],
  ['a weight that is no number', (content, [, { text }]) => content.replaceAll(text, '0.2.5')],
  [
    'a lost line',
    (content, [, { text }]) =>
      content
        .split('\n')
        .filter((line) => !line.includes(text))
        .join('\n'),
  ],
  ['a line twice', (content, [, , { text }]) => eachLineWith(content, text, (line) => `${line}\n${line}`)],
  ['an exponent', (content, [{ text }]) => content.replaceAll(text, Number(text).toExponential())],
  [
    'two weights in each other’s place',
    (content, [{ text: one }, { text: other }]) =>
      content.replaceAll(one, '<one>').replaceAll(other, one).replaceAll('<one>', other),
  ],
  [
    'two domains in each other’s place',
    (content, [{ key: one }, { key: other }]) =>
      content.replaceAll(one, '<one>').replaceAll(other, one).replaceAll('<one>', other),
  ],
  ['another domain', (content, [{ key }]) => content.replaceAll(key, key.replace('alpha', 'omega'))],
  ['only its first half', (content) => content.slice(0, content.length / 2)],
  ['nothing in it', () => ''],
];

describe.each(formatNames)('%s', (name) => {
  const format = formats[name]!;
  const options = readOptions(name, format.options, format.example);
  let entries: Entries;
  let holding: string[] = [];
  exportWith(
    {
      ...format,
      write: (plan) => {
        const written = format.write(plan);
        entries = plan.phases[0]!.entries as unknown as Entries;
        holding = written.files.filter((file) => format.parse(file, options).phases.length > 0).map(({ path }) => path);
        return written;
      },
    },
    proposal,
    format.example,
  );

  const damaged = (path: string, damage: Damage) => {
    const edit = (file: ExportedFile) => {
      if (file.path !== path) return file;
      const content = damage(file.content, entries);
      expect(content).not.toBe(file.content);
      return { path, content };
    };
    const broken = {
      ...format,
      write: (plan: ExportPlan) => {
        const written = format.write(plan);
        return { ...written, files: written.files.map(edit) };
      },
    };
    return () => exportWith(broken, proposal, format.example);
  };

  it.each(damages)('hands out no file with %s', (_, damage) => {
    expect(holding.length).toBeGreaterThan(0);
    for (const path of holding) expect(damaged(path, damage), path).toThrow(ExportMismatchError);
  });
});
