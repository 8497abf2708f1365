import { InvalidInputError } from '#libs/simplex';

/** How a value is given and what it may be. Over REST and in a shell every value arrives as text. */
export interface OptionDescription {
  /** list: several texts; integer: a whole number above 0; number: a finite number above 0; flag: true or false. */
  readonly kind: 'text' | 'list' | 'integer' | 'number' | 'choice' | 'flag';
  readonly description: string;
  readonly choices?: readonly string[];
  /** What holds where the option is not given. */
  readonly default?: string | number | boolean;
}

export type OptionDescriptions = Readonly<Record<string, OptionDescription>>;

/** As a caller gives them. */
export type ExportOptions = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Options a format or the export itself has: checked, of the right type, defaults filled in. */
export class OptionValues {
  constructor(private readonly values: Readonly<Record<string, string | number | boolean | readonly string[]>>) {}

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] | undefined {
    const value = this.values[name];
    return Array.isArray(value) ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.values[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }
}

/** What every format takes. */
export const commonOptions: OptionDescriptions = {
  targetTokens: { kind: 'number', description: 'Tokens of the run the weights are for; the proposal’s own otherwise' },
  maxEpochs: {
    kind: 'number',
    description: 'Refuse more passes over a domain than this; the proposal’s own otherwise',
  },
  sequenceLength: { kind: 'integer', description: 'Tokens of a packed sequence' },
  draws: { kind: 'integer', description: 'How many draws of the trainer’s sampler to simulate', default: 10_000 },
};

/** Options with one meaning in several formats: a format lists those which it uses. */
export const sharedOptions = {
  location: (example: string): OptionDescription => ({
    kind: 'text',
    description: `Where the domains lie, {domain} standing for the name, e.g. ${example}`,
  }),
  trainSteps: {
    kind: 'integer',
    description: 'Optimizer steps of the run; targetTokens / (batchSize × sequenceLength) otherwise. Phases need it',
  },
  batchSize: { kind: 'integer', description: 'Sequences of an optimizer step, over all devices' },
  seed: { kind: 'integer', description: 'Seed of the trainer’s shuffling', default: 42 },
  /** For trainers that draw at random with one seed everywhere; the default is the trainer's own. */
  devices: {
    kind: 'integer',
    description: 'Devices of the run, which all draw the same sources at the same time; for the simulation',
  },
} satisfies Record<string, OptionDescription | ((example: string) => OptionDescription)>;

/**
 * Checks what a caller gave against what the format and the export take; an option that neither has is refused, so none
 * can be without effect. Throws InvalidInputError EXPORT_OPTION, naming the option and what is allowed.
 */
export function readOptions(format: string, described: OptionDescriptions, given: ExportOptions): OptionValues {
  const known: OptionDescriptions = { ...commonOptions, ...described };
  const values: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, option] of Object.entries(known)) if (option.default !== undefined) values[name] = option.default;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) {
      const names = Object.keys(known).join(', ');
      throw new InvalidInputError('EXPORT_OPTION', `the format "${format}" has no option "${name}"; it has ${names}`, {
        argument: name,
        allowed: names,
      });
    }
    values[name] = readOption(name, option, value);
  }
  return new OptionValues(values);
}

function readOption(name: string, option: OptionDescription, value: NonNullable<ExportOptions[string]>) {
  const refuse = (allowed: string): never => {
    throw new InvalidInputError(
      'EXPORT_OPTION',
      `the option "${name}" must be ${allowed}; got ${JSON.stringify(value)}`,
      { argument: name, value, allowed },
    );
  };
  switch (option.kind) {
    case 'list': {
      const list = typeof value === 'string' ? [value] : value;
      if (!Array.isArray(list) || list.length === 0 || list.some((item) => item === '')) refuse('a list of texts');
      return list as readonly string[];
    }
    case 'text':
      return typeof value === 'string' && value !== '' ? value : refuse('one text, not empty');
    case 'choice':
      return typeof value === 'string' && option.choices?.includes(value)
        ? value
        : refuse(`one of ${option.choices?.join(', ')}`);
    case 'flag':
      if (value === true || value === 'true') return true;
      return value === false || value === 'false' ? false : refuse('true or false');
    case 'integer':
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      const whole = option.kind === 'integer';
      if (
        typeof number !== 'number' ||
        !Number.isFinite(number) ||
        number <= 0 ||
        (whole && !Number.isSafeInteger(number))
      ) {
        return refuse(whole ? 'a whole number above 0' : 'a number above 0');
      }
      return number;
    }
  }
}
