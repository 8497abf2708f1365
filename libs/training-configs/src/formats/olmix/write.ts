import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import { repetitionRatio } from '../olmo-core/repetition-ratio.js';

const FILE = 'olmix.yaml';

/** `mix`, in the flat form that `olmix generate` writes. */
export function writeOlmix({ phases, header }: ExportPlan): Written {
  const { entries, tokens } = phases[0]!;
  const requested = tokens === undefined ? undefined : Math.round(tokens);
  // A map and not an object, which would put names that look like numbers first.
  const mix = new Map(
    entries.map((entry) => [
      entry.key,
      {
        weight: new DecimalText(entry.text),
        repetition_factor: new DecimalText(
          requested === undefined || !entry.tokens
            ? '1.00'
            : repetitionRatio(Number(entry.text), requested, entry.tokens),
        ),
      },
    ]),
  );
  const unknown = entries.filter((entry) => requested === undefined || !entry.tokens).map(({ domain }) => domain);
  return {
    files: [{ path: FILE, content: yamlText({ mix }, header) }],
    usage: [
      `Put mix of ${FILE} in the place of mix in the launch configuration, and start it with olmix launch run. Each name must ` +
        'be one of data.sources there, topics as source:topic: olmix passes over a name that is not.',
      requested === undefined
        ? 'olmix trains on chinchilla_multiple × 20 × parameters tokens.'
        : `The repetition factors are what ${requested} tokens need: olmix trains on chinchilla_multiple × 20 × parameters ` +
          'tokens, and OLMo-core refuses sources that are too small for more.',
      ...(unknown.length === 0
        ? []
        : [
            `The repetition factor is 1 where the tokens of the run or of the domain are not known: ` +
              `${unknown.map((domain) => `"${domain}"`).join(', ')}.`,
          ]),
    ],
  };
}
