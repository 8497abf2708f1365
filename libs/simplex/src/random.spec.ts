import { describe, expect, it } from 'vitest';
import { createRandom, sampleWithoutReplacement } from './random.js';

describe('createRandom', () => {
  it('gives the same numbers for the same seed and stream, on every machine', () => {
    const random = createRandom(42);
    // Written down once: a change here changes every published result.
    expect([random.uniform(), random.uniform(), random.normal(), random.normal()]).toEqual(FIRST_OF_42);
  });

  it('gives unrelated numbers for neighbouring seeds and for streams of one seed', () => {
    const first = (seed: number, stream?: number) => createRandom(seed, stream).uniform();
    const values = [...Array(200).keys()].flatMap((i) => [first(i), first(7, i + 1)]);
    expect(new Set(values).size).toBe(values.length);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.06); // 4 standard errors of 400 uniforms
  });

  it('tells seeds above 32 bits apart', () => {
    expect(createRandom(5).uniform()).not.toBe(createRandom(5 + 2 ** 32).uniform());
  });

  it('draws normals with mean 0, variance 1 and the fourth moment 3', () => {
    const random = createRandom(1);
    const moments = [0, 0, 0];
    const n = 50_000;
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      moments[0]! += x / n;
      moments[1]! += x ** 2 / n;
      moments[2]! += x ** 4 / n;
    }
    expect(moments[0]).toBeCloseTo(0, 1.5);
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(0.03);
    expect(Math.abs(moments[2]! - 3)).toBeLessThan(0.22);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => createRandom(seed)).toThrow(/seed must be an integer in \[0, 9007199254740991\]/);
  });

  it('samples without replacement, every item equally often', () => {
    const random = createRandom(3);
    const counts = new Float64Array(6);
    for (let i = 0; i < 3000; i++) {
      const taken = sampleWithoutReplacement(random, 6, 2);
      expect(new Set(taken).size).toBe(2);
      for (const t of taken) counts[t]! += 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(110);
  });
});

const FIRST_OF_42 = [0.35267387481098467, 0.40951940657559516, 0.2141530135578001, -0.5309604771446357];
