import {
  type CreateSweep,
  commandTrainerSchema,
  defaultFidelityName,
  type Fidelity,
  type FidelityRequest,
  isTransformer,
  type SweepSpecification,
  type TrainerRequest,
  transformerRequestSchema,
} from '#libs/contracts';
import { completeTransformer, type MuPBase } from '#libs/proxy-models';
import { InvalidInputError } from '#libs/simplex';
import { InvalidField } from './sweeps.errors.js';

/** The request with every run's parameters written out. Throws InvalidField naming what cannot be. */
export function completeSpecification(request: CreateSweep): SweepSpecification {
  const { trainer, fidelities, strategy, ...rest } = request;
  const asked = fidelities ?? [{ name: defaultFidelityName, parameters: {} }];
  const trainers = asked.map((fidelity, index) =>
    changed(trainer, fidelity.parameters, fidelities ? `fidelities.${index}.parameters` : 'trainer.parameters'),
  );
  const muPBase = baseOf(trainers);
  const completed = asked.map(({ name, runs }, index): Fidelity => {
    if (runs !== undefined && runs > strategy.runs) {
      throw new InvalidField(
        `fidelities.${index}.runs`,
        `must not exceed the mixtures of the design (strategy.runs = ${strategy.runs}), got ${runs}`,
      );
    }
    return { name, runs: runs ?? strategy.runs, trainer: complete(trainers[index]!, muPBase) };
  });
  if (fidelityNamed(completed, rest.confirmation.fidelity) < 0) {
    throw new InvalidField(
      'confirmation.fidelity',
      `must be one of ${completed.map(({ name }) => name).join(', ')}, got ${rest.confirmation.fidelity}`,
    );
  }
  return { ...rest, strategy, trainer: completed[0]!.trainer, fidelities: completed };
}

/** Position of the fidelity of this name, of the first one where none is named; -1 where there is none such. */
export function fidelityNamed(fidelities: readonly Pick<Fidelity, 'name'>[], name: string | undefined): number {
  return name === undefined ? 0 : fidelities.findIndex((fidelity) => fidelity.name === name);
}

interface Asked {
  trainer: TrainerRequest;
  field: string;
}

/** A fidelity's changes on top of the trainer's parameters, checked as one. */
function changed(trainer: TrainerRequest, changes: FidelityRequest['parameters'], field: string): Asked {
  if (Object.keys(changes).length === 0) return { trainer, field };
  const base: Record<string, unknown> = { ...trainer.parameters };
  // A size replaces a shape and the other way round.
  if ('size' in changes) for (const name of ['layers', 'width', 'heads']) delete base[name];
  if (['layers', 'width', 'heads'].some((name) => name in changes)) delete base.size;
  if ('tokens' in changes) delete base.steps;
  if ('steps' in changes) delete base.tokens;
  const parameters = { ...base, ...changes };
  const parsed = isTransformer(trainer)
    ? transformerRequestSchema.safeParse(parameters)
    : commandTrainerSchema.shape.parameters.safeParse(parameters);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InvalidField([field, ...issue.path].join('.'), issue.message);
  }
  return { trainer: { ...trainer, parameters: parsed.data } as TrainerRequest, field };
}

/**
 * Of several widths the first fidelity's is the one that the learning rate was chosen for: the fit and the proposal are
 * made from it, and the others are to tell whether they hold.
 */
function baseOf(trainers: readonly Asked[]): MuPBase | undefined {
  const shapes = trainers.map((asked) => complete(asked).parameters as MuPBase);
  return isTransformer(trainers[0]!.trainer) && new Set(shapes.map(({ width }) => width)).size > 1
    ? shapes[0]
    : undefined;
}

function complete({ trainer, field }: Asked, muPBase?: MuPBase): Fidelity['trainer'] {
  if (!isTransformer(trainer)) return trainer;
  try {
    return { name: trainer.name, parameters: completeTransformer(trainer.parameters, muPBase) };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidField([field, error.details.argument].filter(Boolean).join('.'), error.message);
  }
}
