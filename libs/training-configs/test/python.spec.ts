// Debian's Python reads what we write: every exported file goes through the libraries that trainers load it with, and
// our own readers of YAML, words and literals through a comparison with the originals. One process for all of it.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CanonicalProposal, exportProposal, formatNames, formats } from '../src/index.js';
import { pythonString } from '../src/writing/python.js';
import { yamlText } from '../src/writing/yaml.js';
import { leastWeightOf } from './format-limits.js';
import { namesWritten } from './golden-folder.js';
import { hostileNames, proposalOf } from './hostile-names.js';
import { randomRuns } from './random-runs.js';
import { readBack } from './read-back.js';
import { asMeant, wordsEntry, yamlDocuments, yamlEntry, yamlScalars } from './reader-corpus.js';
import { onePhase, twoPhases } from './sample-proposals.js';

const python = '/usr/bin/python3';
const run = promisify(execFile);
const missing = await run(python, ['-c', 'import yaml, numpy, tomllib']).then(
  () => null,
  (error: Error) => error.message.split('\n').filter(Boolean).at(-1),
);
if (missing) console.warn(`${python} cannot be asked (apt-get install python3-yaml python3-numpy): ${missing}`);

const oracle = fileURLToPath(new URL('./oracle.py', import.meta.url));

interface Entry {
  kind: 'file' | 'yaml' | 'words' | 'literal';
  group: string;
  [field: string]: unknown;
}

interface FileEntry extends Entry {
  path: string;
  phases: { keys: string[]; amounts: number[] }[];
}

const groups = {
  yaml: 'reads YAML as our reader of it does, stray words of YAML 1.1 included',
  written: 'reads from our YAML what was put into it',
  words: 'splits and reads words as our reader of them does',
  literals: 'reads back every text from the literal that we write for it',
} as const;

describe.skipIf(missing)('asked about it, Python', () => {
  let entries: Entry[];
  let faults: Record<string, string[]>;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cuvee-oracle-'));
    try {
      entries = [
        ...formatNames.flatMap((name) =>
          proposalsFor(name).flatMap((proposal, i) => written(name, proposal, folder, `${name}-${i}`)),
        ),
        ...wrongEntries(folder),
        ...[...yamlCorpus()].map((entry): Entry => ({ kind: 'yaml', group: groups.yaml, ...entry })),
        ...[...writtenCorpus()].map((entry): Entry => ({ kind: 'yaml', group: groups.written, ...entry })),
        ...fc
          .sample(wordLines, 2000)
          .map((text): Entry => ({ kind: 'words', group: groups.words, ...wordsEntry(text) })),
        ...literalTexts().map(
          (text): Entry => ({ kind: 'literal', group: groups.literals, text, literal: pythonString(text) }),
        ),
      ];
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(entries));
      const { stdout } = await run(python, [oracle, folder], { maxBuffer: 1e8 });
      faults = JSON.parse(stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each(formatNames)('reads the exports of %s as they are meant', (name) => {
    const files = entries.filter(({ kind, group }) => kind === 'file' && group === name);
    // Two golden exports, ten random ones, one of hostile names; each with a sidecar.
    expect(files.length).toBeGreaterThanOrEqual(26);
    expect(faults[name]).toEqual([]);
  });

  it.each([...formatNames, 'exponents'])('would notice a wrong number or a lost domain in an export: %s', (name) => {
    const wrong = entries.filter(({ group }) => group === `${name}, wrong`);
    const noticed = faults[`${name}, wrong`]!.filter((fault) => /does not hold|is str, not float/.test(fault));
    expect(wrong.length).toBeGreaterThan(0);
    expect(noticed).toHaveLength(wrong.flatMap(({ phases }) => phases as unknown[]).length);
  });

  it.each(Object.values(groups))('%s', (group) => {
    expect(entries.filter((entry) => entry.group === group).length).toBeGreaterThan(300);
    expect(faults[group]).toEqual([]);
  });
});

/** Claims about golden files that are not true, and a file whose weight PyYAML takes for text. */
function wrongEntries(folder: string): Entry[] {
  writeFileSync(join(folder, 'exponent.yaml'), 'weights:\n  web: 0.9999999\n  code: 1e-7\n');
  const phases = [{ keys: ['web', 'code'], amounts: [0.9999999, 1e-7] }];
  const claims = formatNames.flatMap((name) =>
    written(name, twoPhases(leastWeightOf(name)), folder, `${name}-wrong`)
      .filter(({ phases }) => phases.length > 0)
      .flatMap((entry) =>
        [
          { keys: (keys: string[]) => keys, amounts: ([first, ...rest]: number[]) => [first! + 1e-9, ...rest] },
          { keys: ([first, ...rest]: string[]) => [`${first}x`, ...rest], amounts: (amounts: number[]) => amounts },
        ].map(({ keys, amounts }) => ({
          ...entry,
          group: `${name}, wrong`,
          phases: entry.phases.map((phase) => ({ keys: keys(phase.keys), amounts: amounts(phase.amounts) })),
        })),
      ),
  );
  return [...claims, { kind: 'file', group: 'exponents, wrong', path: 'exponent.yaml', unit: 'sequences', phases }];
}

function yamlCorpus(): ReturnType<typeof yamlEntry>[] {
  return [
    ...yamlDocuments.map((text) => yamlEntry(text)),
    ...fc.sample(yamlScalars, 1500).map((word) => yamlEntry(`value: ${word}\n`)),
    ...fc.sample(yamlScalars, 500).map((word) => yamlEntry(`${word}: value\n`)),
    ...hostileNames.map((name) => yamlEntry(`- ${name}\n`)),
  ];
}

function writtenCorpus(): ReturnType<typeof asMeant>[] {
  const texts = fc.oneof(yamlScalars, fc.constantFrom(...hostileNames), fc.string({ unit: 'grapheme' }));
  const values = fc.dictionary(texts, fc.oneof(texts, fc.array(texts), fc.dictionary(texts, texts)), { minKeys: 1 });
  return fc
    .sample(values, 400)
    .filter((value) => !/[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u.test(JSON.stringify(value)))
    .map((value) => asMeant(yamlText(value, hostileNames), value));
}

const blanks = fc.constantFrom(' ', '\t', '\n', '\u00a0', '\u001c', '\u0085', '\u2003', '\u3000', '\u200b', '\ufeff');
const words = fc.oneof(
  fc.stringMatching(/^[-+]?[0-9_.]{1,6}(?:[eE][-+]?[0-9_]{1,2})?$/),
  fc.stringMatching(/^[-+]?[infatyINFATY.]{1,8}$/),
  fc.constantFrom(
    'inf',
    '-Infinity',
    'nan',
    '٣',
    '٣.٥',
    '1_000',
    '1__0',
    '_1',
    '1_',
    '1e1_0',
    '²',
    '½',
    ...hostileNames,
  ),
);
const wordLines = fc
  .array(fc.tuple(words, blanks), { minLength: 1, maxLength: 5 })
  .map((pairs) => pairs.flat().join(''));

function literalTexts(): string[] {
  const graphemes = fc.sample(fc.string({ unit: 'grapheme' }), 500);
  return [...hostileNames, ...graphemes, ...fc.sample(fc.string({ unit: 'binary' }), 500)];
}

/** The golden ones, random ones, and one of all the hostile names that the format takes. */
function proposalsFor(name: string): CanonicalProposal[] {
  const least = leastWeightOf(name);
  const { maxDomains } = formats[name]!;
  const random = fc.sample(randomRuns(leastWeightOf(name, 1e-9), Math.min(100, maxDomains), [1, 1, 2]), 10);
  const hostile = namesWritten(name);
  return [
    onePhase(least),
    twoPhases(least),
    ...random.map(({ proposal }) => proposal),
    proposalOf(hostile.map((domain) => [domain, 1 / hostile.length])),
  ];
}

/** Writes the export into a folder of its own, and says what each of its files must hold. */
function written(name: string, proposal: CanonicalProposal, folder: string, own: string): FileEntry[] {
  const options = { ...formats[name]!.example, draws: 10 };
  const result = exportProposal(proposal, name, options);
  const holding = new Map(readBack(result, options).map(({ file, phases }) => [file.path, phases]));
  return result.files.map(({ path, content }) => {
    mkdirSync(dirname(join(folder, own, path)), { recursive: true });
    writeFileSync(join(folder, own, path), content);
    const phases = (holding.get(path) ?? []).map(({ sources }) => ({
      keys: sources.map(({ key }) => key),
      amounts: sources.map(({ amount }) => amount!),
    }));
    return { kind: 'file', group: name, path: `${own}/${path}`, unit: result.unit, phases };
  });
}
