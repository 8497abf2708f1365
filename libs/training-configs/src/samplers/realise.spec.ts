import { describe, expect, it } from 'vitest';
import { readOptions } from '../export/options.js';
import type { TrainingConfigFormat } from '../format.js';
import { formats } from '../formats/registry.js';
import type { Draws } from './draws.js';
import { realise } from './realise.js';

const reading = { findings: [], phases: [], settings: { block: 7 } };
const phase = (amounts: readonly (number | null)[]) => ({
  name: null,
  start: 0,
  sources: amounts.map((amount, i) => ({ key: `d${i}`, amount })),
});
const options = readOptions('csv', {}, { draws: 30, sequenceLength: 5 });

/** A format whose sampler answers as it is told, and remembers what it was asked. */
function drawing(draws: Omit<Draws, 'sampler' | 'remarks'>) {
  const asked: unknown[] = [];
  const format: TrainingConfigFormat = {
    ...formats.csv!,
    simulate: ({ random: _, ...input }) => {
      asked.push(input);
      return { sampler: 'told', remarks: ['a remark'], ...draws };
    },
  };
  return { format, asked };
}

describe('realise', () => {
  it('hands the sampler amounts, stock, settings and length, and shares out what it counts', () => {
    const { format, asked } = drawing({ counted: 'sequences', counts: [20, 10], standardErrors: [0.1, 0.1] });
    const stock = [{ tokens: 8 }, {}];
    expect(realise(format, reading, phase([2, 1]), stock, 100, options)).toEqual({
      sampler: 'told',
      draws: 30,
      counted: 'sequences',
      shares: [2 / 3, 1 / 3],
      standardErrors: [0.1, 0.1],
      remarks: ['a remark'],
    });
    const input = { amounts: [2, 1], stock, draws: 30, sequenceLength: 5, targetTokens: 100, settings: { block: 7 } };
    expect(asked).toEqual([input]);
  });

  it('turns documents into tokens by their mean length', () => {
    const { format } = drawing({ counted: 'documents', counts: [10, 20], standardErrors: [0.03, 0.03] });
    const stock = [
      { tokens: 4000, documents: 1000 },
      { tokens: 1000, documents: 1000 },
    ];
    const realised = realise(format, reading, phase([1, 2]), stock, undefined, options)!;
    // 10 documents of 4 tokens against 20 of one.
    expect(realised.shares).toEqual([2 / 3, 1 / 3]);
    expect(realised.standardErrors![0]).toBeCloseTo((4 * 0.03 * 30) / 60, 12);
  });

  it('claims no shares of tokens where a document drawn has no known length', () => {
    const { format } = drawing({ counted: 'documents', counts: [10, 0], standardErrors: null });
    const known = { tokens: 10, documents: 2 };
    expect(realise(format, reading, phase([1, 1]), [known, {}], undefined, options)!.shares).toEqual([1, 0]);
    expect(realise(format, reading, phase([1, 1]), [{}, known], undefined, options)!.shares).toBeNull();
  });

  it.each([[[null, 1]], [[0, 0]], [[]]])('simulates nothing for the amounts %j', (amounts) => {
    const { format, asked } = drawing({ counted: 'sequences', counts: [], standardErrors: null });
    expect(realise(format, reading, phase(amounts), [{}, {}], undefined, options)).toBeNull();
    expect(asked).toEqual([]);
  });

  it('draws the same in every call', () => {
    const draw = () => realise(formats.csv!, reading, phase([1, 1, 1]), [{}, {}, {}], undefined, options);
    expect(draw()).toEqual(draw());
  });
});
