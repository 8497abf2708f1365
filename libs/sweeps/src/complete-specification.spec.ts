import { describe, expect, it } from 'vitest';
import { createSweepSchema, type TransformerParameters } from '#libs/contracts';
import { completeSpecification } from './complete-specification.js';

function parametersOf(request: object): TransformerParameters[] {
  const asked = createSweepSchema.parse({ corpusId: 'c', ...request });
  return completeSpecification(asked).fidelities.map(({ trainer }) => trainer.parameters as TransformerParameters);
}
const sizes = (...parameters: object[]) => parameters.map((each, i) => ({ name: `size ${i}`, parameters: each }));
const trainer = (parameters: object) => ({ name: 'transformer', parameters });

describe('a sweep over several widths', () => {
  it('has muP on, with the first width and its heads as the base', () => {
    const [first, second] = parametersOf({ fidelities: sizes({ width: 48, heads: 3 }, { width: 96, heads: 6 }) });
    expect(first).toMatchObject({ width: 48, muP: true, muPBaseWidth: 48, muPBaseHeads: 3 });
    expect(second).toMatchObject({ width: 96, muP: true, muPBaseWidth: 48, muPBaseHeads: 3 });
  });

  it('finds the widths of sizes too', () => {
    const [first, second] = parametersOf({ fidelities: sizes({ size: 100_000 }, { size: 1_000_000 }) });
    expect(first).toMatchObject({ width: 48, muP: true, muPBaseWidth: 48, muPBaseHeads: 3 });
    expect(second).toMatchObject({ width: 160, heads: 5, muP: true, muPBaseWidth: 48, muPBaseHeads: 3 });
  });

  it('keeps muP off, or the base, where that was asked for', () => {
    const fidelities = sizes({}, { width: 128 });
    expect(parametersOf({ fidelities, trainer: trainer({ muP: false }) }).map(({ muP }) => muP)).toEqual([
      false,
      false,
    ]);
    for (const parameters of parametersOf({ fidelities, trainer: trainer({ muPBaseWidth: 32 }) })) {
      expect(parameters).toMatchObject({ muP: true, muPBaseWidth: 32 });
    }
  });
});

it('a sweep over one width has muP off, whatever else differs', () => {
  const parameters = parametersOf({ fidelities: sizes({ steps: 100 }, { layers: 4 }, { tokens: 1e6 }) });
  expect(parameters.map(({ muP }) => muP)).toEqual([false, false, false]);
});

it('a size that cannot be is refused by the name of its field', () => {
  expect(() => parametersOf({ fidelities: sizes({}, { size: 1000, vocabulary: 5000 }) })).toThrow(
    /^fidelities\.1\.parameters\.size.*no shape with a vocabulary of 5000 comes within 25 % of 1000/,
  );
});
