import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { keepDocuments, keptTokens } from './keep-documents.js';
import { loadDomain } from './load-domain.js';

const folder = mkdtempSync(join(tmpdir(), 'cuvee-repetition-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parameters = (targetTokens?: number) =>
  transformerParametersSchema.parse({
    steps: 100,
    batchSize: 4,
    contextLength: 16,
    ...(targetTokens && { repetition: { targetTokens } }),
  });

describe('keptTokens', () => {
  it('makes the epochs of the proxy those of the large run, whatever the weight', () => {
    const own = 6400;
    for (const [tokens, target] of [
      [1e6, 1e9],
      [3e12, 1.5e13],
      [50_000, 64_000],
    ] as const) {
      const kept = keptTokens(parameters(target), tokens);
      for (const weight of [0.001, 0.3, 1]) {
        expect((weight * own) / kept).toBeCloseTo((weight * target) / tokens, 10);
      }
    }
  });

  it('is all of it without a target, or with one no longer than the proxy', () => {
    for (const target of [undefined, 6400, 10]) expect(keptTokens(parameters(target), 1000)).toBe(Infinity);
  });
});

describe('keepDocuments', () => {
  const documents = fc.array(
    fc.record({ length: fc.integer({ min: 1, max: 50 }), rank: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  );

  it('keeps exactly what is asked for, and of less a part of it', () => {
    fc.assert(
      fc.property(
        documents,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, a, b) => {
          const total = all.reduce((sum, { length }) => sum + length, 0);
          const [less, more] = [a, b].sort((x, y) => x - y).map((share) => Math.floor(share * total)) as [
            number,
            number,
          ];
          const [few, many] = [keepDocuments(all, less), keepDocuments(all, more)];
          expect(few.reduce((sum, kept) => sum + kept, 0)).toBe(less);
          for (const [i, kept] of few.entries()) {
            expect(kept).toBeLessThanOrEqual(many[i]!);
            expect(many[i]!).toBeLessThanOrEqual(all[i]!.length);
          }
          expect(few.filter((kept, i) => kept > 0 && kept < all[i]!.length).length).toBeLessThanOrEqual(1);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('a domain cut down', () => {
  const texts = Array.from({ length: 400 }, (_, i) => `document ${i} ${'x'.repeat(i % 30)}`);
  const domain = { name: 'small', path: join(folder, 'small.jsonl') };
  writeFileSync(domain.path, texts.map((text) => JSON.stringify({ text })).join('\n'));
  const options = { heldOutShare: 0.2, minimumTokens: 17, trains: true };
  const all = loadDomain(domain, options);
  const documentsOf = (tokens: Uint8Array) => Buffer.from(tokens).toString().split('\0');

  it('holds as many tokens as asked, of whole documents in their order but for one cut, its held-out text whole', () => {
    for (const keep of [500, 2345, all.training.length - 1]) {
      const kept = loadDomain(domain, { ...options, keep: { tokens: keep, draws: 0 } });
      expect(kept.training.length).toBe(keep);
      expect(kept.heldOut).toEqual(all.heldOut);
      const order = documentsOf(all.training as Uint8Array);
      const places = documentsOf(kept.training as Uint8Array).map((text) => order.indexOf(text));
      expect(places.filter((place) => place === -1).length).toBeLessThanOrEqual(1);
      const whole = places.filter((place) => place !== -1);
      expect(whole).toEqual([...whole].sort((a, b) => a - b));
    }
  });

  it('takes another sample of documents than the first ones', () => {
    const kept = documentsOf(
      loadDomain(domain, { ...options, keep: { tokens: 3000, draws: 0 } }).training as Uint8Array,
    );
    const early = documentsOf(all.training as Uint8Array).slice(0, 100);
    expect(kept.filter((text) => early.includes(text)).length).toBeGreaterThan(15);
    expect(kept.filter((text) => early.includes(text)).length).toBeLessThan(60);
  });

  it('holds one sequence at least, and is the same as ever where nothing is to go', () => {
    expect(loadDomain(domain, { ...options, keep: { tokens: 0.3, draws: 0 } }).training.length).toBe(17);
    expect(loadDomain(domain, { ...options, keep: { tokens: all.training.length, draws: 0 } })).toEqual(all);
  });

  it('says so when the worker has less text than is to be kept, or one sequence takes more', () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      // Never repeated by this run, so there is nothing to say.
      expect(loadDomain(domain, { ...options, keep: { tokens: 1e6, draws: 100 } })).toEqual(all);
      expect(said).not.toHaveBeenCalled();
      expect(loadDomain(domain, { ...options, keep: { tokens: 1e6, draws: 1e5 } })).toEqual(all);
      expect(said).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(/^domain "small": 1000000 tokens would be kept .* has only \d+: all of them are used/),
      );
      expect(loadDomain(domain, { ...options, keep: { tokens: 4.4, draws: 100 } }).training.length).toBe(17);
      expect(said).toHaveBeenLastCalledWith(
        expect.stringMatching(/^domain "small": 4 tokens would be kept .* one sequence needs 17: so many are kept/),
      );
    } finally {
      said.mockRestore();
    }
  });
});
