// An export read back without the help of what wrote it: the files, their digests, and the numbers as text.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { readOptions } from '../src/export/options.js';
import {
  type CanonicalProposal,
  type ExportedFile,
  type ExportOptions,
  type ExportResult,
  formats,
  readSidecar,
  sidecarPath,
  type Unit,
} from '../src/index.js';
import type { PhaseReading } from '../src/reading/reading.js';

/** The phases that each file with weights holds, paths as exported. */
export interface ReadFile {
  readonly file: ExportedFile;
  /** Index of the first of its phases in the run. */
  readonly first: number;
  readonly phases: readonly PhaseReading[];
}

/** Every file with weights, parsed under the name it has in its own folder. */
export function readBack({ format, files, phases }: ExportResult, given: ExportOptions): ReadFile[] {
  const { parse, options } = formats[format]!;
  const values = readOptions(format, options, given);
  const found = files
    .filter(({ path }) => path !== sidecarPath(format) && path !== 'PHASES.md')
    .map((file) => {
      const [, number] = /^phase-(\d+)(?:-[^/]*)?\//.exec(file.path) ?? [];
      const path = number === undefined ? file.path : file.path.slice(file.path.indexOf('/') + 1);
      const reading = parse({ path, content: file.content }, values);
      expect(reading.findings.filter(({ level }) => level !== 'note')).toEqual([]);
      return { file, first: number === undefined ? 0 : Number(number) - 1, phases: reading.phases };
    })
    .filter(({ phases }) => phases.length > 0);
  const covered = new Set(found.flatMap(({ first, phases }) => phases.map((_, p) => first + p)));
  expect(covered.size).toBe(phases.length);
  return found;
}

/** Token shares of amounts, from what each unit means and not from the library's own inverse. */
export function sharesOf(
  unit: Unit,
  phase: PhaseReading,
  keys: readonly string[],
  proposal: CanonicalProposal,
): number[] {
  const tokensPer = { sequences: () => 1, documents: meanLength, epochs: size, kept: size }[unit];
  const tokens = phase.sources.map(({ amount }, i) => {
    const domain = proposal.domains.find(({ domain }) => domain === keys[i])!;
    return amount === 0 ? 0 : amount! * tokensPer(domain);
  });
  const total = tokens.reduce((sum, value) => sum + value, 0);
  return tokens.map((value) => value / total);
}

const size = ({ tokens }: CanonicalProposal['domains'][number]) => tokens!;
const meanLength = ({ tokens, documents }: CanonicalProposal['domains'][number]) => tokens! / documents!;

/** The sum of numbers as written, to the last of their decimals; in units of 1e-15. */
export function decimalSum(texts: readonly string[]): bigint {
  return texts.reduce((sum, text) => sum + BigInt(text.replace('.', '').padEnd(text.indexOf('.') + 15, '0')), 0n);
}

/** The sidecar lists every other file, with the digest of what it holds. */
export function expectDigests({ format, files }: ExportResult): void {
  const meta = files.find(({ path }) => path === sidecarPath(format))!;
  const others = files.filter((file) => file !== meta);
  expect(readSidecar(meta.content)?.files).toEqual(
    others.map(({ path, content }) => ({ path, sha256: createHash('sha256').update(content, 'utf8').digest('hex') })),
  );
}

/** Numbers with an exponent that are no part of a name, in the lines that are no comment. */
export function exponentsIn({ content }: ExportedFile): string[] {
  const lines = content.split('\n').filter((line) => !/^\s*(?:#|\/\/)/.test(line));
  return lines.flatMap((line) => line.match(/(?<![\w.:+-])[-+]?\d+\.?\d*[eE][-+]?\d+(?![\w.-])/g) ?? []);
}
