import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDemoCorpus, type DemoCorpus, formatDemoCorpus } from './build-demo-corpus.js';
import { demoDomains } from './demo-domains.js';

let folder: string;
let corpus: DemoCorpus;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cuvee-corpus-'));
  corpus = await buildDemoCorpus(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textsOf = (source: string): string[] =>
  readFileSync(join(folder, source), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text);

/** Smoothed distribution of byte pairs. */
function bigrams(source: string): Float64Array {
  const counts = new Float64Array(65_536).fill(1e-3);
  const bytes = Buffer.from(textsOf(source).join('\n'));
  for (let i = 1; i < bytes.length; i++) counts[bytes[i - 1]! * 256 + bytes[i]!]!++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

/** Jensen-Shannon divergence in bits: 0 for equal distributions, 1 for disjoint ones. */
function divergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const middle = (p[i]! + q[i]!) / 2;
    sum += (p[i]! * Math.log2(p[i]! / middle) + q[i]! * Math.log2(q[i]! / middle)) / 2;
  }
  return sum;
}

describe('the demo corpus', () => {
  it('has the same bytes when it is built again, elsewhere', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cuvee-corpus-'));
    const again = await buildDemoCorpus(other);
    rmSync(other, { recursive: true });
    expect(again).toEqual(corpus);
    expect(readdirSync(folder).sort()).toEqual(corpus.domains.map(({ source }) => source).sort());
  });

  it('comes from the versions that the lockfile fixes', () => {
    const lock = JSON.parse(readFileSync(new URL('../../../../../package-lock.json', import.meta.url), 'utf8'));
    for (const { origin } of corpus.domains) {
      for (const from of origin.split(', ')) {
        const [, name, version] = /^(.+)@([^@]+)$/.exec(from)!;
        expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
      }
    }
  });

  it('has at least seven domains of uneven size, each with enough documents to hold some out', () => {
    expect(corpus.domains.length).toBeGreaterThanOrEqual(7);
    for (const { name, tokens, documents } of corpus.domains) {
      expect(tokens, name).toBeGreaterThan(150_000);
      expect(tokens, name).toBeLessThanOrEqual(2_000_000);
      expect(documents, name).toBeGreaterThanOrEqual(50);
    }
    const sizes = corpus.domains.map(({ tokens }) => tokens);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeGreaterThan(5);
  });

  it('counts the bytes of its text, and no document twice or broken', () => {
    for (const { name, source, tokens, documents } of corpus.domains) {
      const texts = textsOf(source);
      expect(texts.length, name).toBe(documents);
      expect(new Set(texts).size, name).toBe(documents);
      expect(
        texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
        name,
      ).toBe(tokens);
      for (const text of texts) {
        expect(text).not.toMatch(/\uFFFD|\r|\0/);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24_000);
      }
    }
  });

  it('masks the addresses in its mail', () => {
    const mail = textsOf(corpus.domains.find(({ name }) => name === 'email')!.source).join('\n');
    expect(mail).not.toMatch(/[a-z]@[a-z]+\.[a-z]/i);
    expect(mail).toContain('(address)');
  });

  it('has domains whose byte pairs really differ', () => {
    const distributions = corpus.domains.map(({ source }) => bigrams(source));
    for (let i = 0; i < distributions.length; i++) {
      for (let j = 0; j < i; j++) {
        const bits = divergence(distributions[i]!, distributions[j]!);
        expect(bits, `${corpus.domains[i]!.name} and ${corpus.domains[j]!.name}`).toBeGreaterThan(0.03);
      }
    }
  });

  it('shows size, licence and origin of each domain', () => {
    const table = formatDemoCorpus(corpus);
    for (const { name, licence } of demoDomains) expect(table).toMatch(new RegExp(`^${name} .*${licence}`, 'm'));
  });
});
