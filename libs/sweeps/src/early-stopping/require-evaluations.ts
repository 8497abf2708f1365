import { type EarlyStopping, isTransformer, type SweepSpecification, type TrainerChoice } from '#libs/contracts';
import { InvalidField } from '../sweeps.errors.js';
import { minimumObservations } from '../transitions/advance-sweep.js';
import { rungSteps } from './decide-halving.js';

/** Evaluations of a run that names no interval; six of them precede a first rung at 0.3 of the steps. */
const evaluations = 20;

interface Required {
  specification: SweepSpecification;
  notes: string[];
}

/**
 * Early stopping judges runs where they are evaluated. A built-in trainer that was not asked to evaluate on its way is
 * made to, with a note; one that would not between the first rung and the end is refused. Of a user's program nothing
 * is known: it is judged by the losses that its progress messages hold.
 */
export function requireEvaluations(specification: SweepSpecification): Required {
  const { earlyStopping, fidelities } = specification;
  if (!earlyStopping) return { specification, notes: [] };
  const notes: string[] = [];
  const evaluated = fidelities.map(({ trainer, ...fidelity }, index) => {
    const where = fidelities.length > 1 ? ` (fidelity ${fidelity.name})` : '';
    const field = index === 0 ? 'trainer.parameters.evaluationEvery' : `fidelities.${index}.parameters.evaluationEvery`;
    if (fidelity.runs <= minimumObservations) {
      notes.push(`earlyStopping stops none of ${fidelity.runs} runs${where}: ${minimumObservations} are always left`);
    }
    return { ...fidelity, trainer: withEvaluations(trainer, earlyStopping, field, where, notes) };
  });
  return { specification: { ...specification, trainer: evaluated[0]!.trainer, fidelities: evaluated }, notes };
}

function withEvaluations(
  trainer: TrainerChoice,
  settings: EarlyStopping,
  field: string,
  where: string,
  notes: string[],
): TrainerChoice {
  if (!isTransformer(trainer)) {
    notes.push(`earlyStopping judges ${trainer.name} by the losses in its progress messages${where}`);
    return trainer;
  }
  const { steps } = trainer.parameters;
  const asked = trainer.parameters.evaluationEvery;
  const every = asked > 0 ? asked : Math.max(1, Math.floor(steps / evaluations));
  const last = Math.floor((steps - 1) / every) * every;
  const [first] = rungSteps(steps, settings);
  if (first === undefined || last < first) {
    throw new InvalidField(
      field,
      `earlyStopping judges runs at step ${first ?? steps} of ${steps} and later, and no evaluation every ${every} ` +
        'steps falls between that and the end; evaluate more often, or lower earlyStopping.firstRung',
    );
  }
  if (asked === 0) notes.push(`earlyStopping needs evaluations: they were set to every ${every} steps${where}`);
  return { ...trainer, parameters: { ...trainer.parameters, evaluationEvery: every } };
}
