import { createRandom } from '#libs/simplex';

/**
 * A made-up corpus whose domains share no character: words of letters, numbers of digits, each from a small stock of its
 * own. A router can tell the domains apart by every single token; whether it does shows how its balancing works.
 * Returns documents by domain, the same at every call.
 */
export function twoDomains(documents = 600): { letters: string[]; digits: string[] } {
  const random = createRandom(1);
  const write = (alphabet: string, separator: string): string[] => {
    const word = () => Array.from({ length: 3 + random.integer(5) }, () => alphabet[random.integer(alphabet.length)]);
    const stock = Array.from({ length: 40 }, () => word().join(''));
    const text = () => Array.from({ length: 10 }, () => stock[random.integer(stock.length)]).join(separator);
    return Array.from({ length: documents }, () => text() + separator);
  };
  return { letters: write('abcdefghijklmnop', '_'), digits: write('0123456789', ',') };
}

/** A model and settings that show it in seconds: four experts of which a token visits one. */
export const twoDomainParameters = {
  layers: 2,
  width: 32,
  heads: 2,
  contextLength: 32,
  batchSize: 16,
  steps: 200,
  learningRate: 0.01,
  evaluationTokens: 4096,
  experts: { count: 4, topK: 1, auxiliaryWeight: 0.1, biasRate: 0.005 },
};
