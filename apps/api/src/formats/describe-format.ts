import type { FormatList } from '#libs/contracts';
import { commonOptions, type TrainingConfigFormat, unitNeeds } from '#libs/training-configs';

type Option = FormatList['formats'][number]['options'][string];

/** What a format takes and needs, without what it does. */
export function describeFormat(format: TrainingConfigFormat): FormatList['formats'][number] {
  const { name, trainer, description, needs, units, zeros, maxDomains, phases, options, example } = format;
  return {
    name,
    trainer,
    description,
    needs,
    units: [...units],
    facts: [...new Set(units.flatMap((unit) => unitNeeds[unit]))],
    zeros,
    maxDomains,
    phases: phases === 'native' ? 'one file' : 'a file for each',
    options: { ...commonOptions, ...options } as Record<string, Option>,
    example: { ...example },
  };
}
