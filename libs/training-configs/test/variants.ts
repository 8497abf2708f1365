import { InvalidInputError } from '#libs/simplex';
import { type ExportOptions, exportProposal, formats } from '../src/index.js';
import { leastWeightOf } from './format-limits.js';
import { onePhase } from './sample-proposals.js';

/**
 * The options of a format's example, and each choice and flag of the format beside them, by what is chosen. A choice
 * that cannot be had without other options is left out.
 */
export function variantsOf(name: string): [what: string, options: ExportOptions][] {
  const { options, example } = formats[name]!;
  const variants: [string, ExportOptions][] = [['as in the example', example]];
  for (const [option, { kind, choices }] of Object.entries(options)) {
    for (const value of kind === 'choice' ? choices! : kind === 'flag' ? [true, false] : []) {
      const variant = { ...example, [option]: value };
      if (JSON.stringify(variant) !== JSON.stringify(example) && isUsable(name, variant)) {
        variants.push([`with ${option}=${value}`, variant]);
      }
    }
  }
  return variants;
}

function isUsable(name: string, options: ExportOptions): boolean {
  try {
    exportProposal(onePhase(leastWeightOf(name)), name, { ...options, draws: 1 });
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) return false;
    throw error;
  }
}
