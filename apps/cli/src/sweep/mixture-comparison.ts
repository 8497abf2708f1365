import type { Confirmation, RunResponse } from '#libs/contracts';
import type { ReadProposalDocument } from '../client/documents.js';
import { shortNames } from '../terminal/short-names.js';
import { formatTable, right } from '../terminal/table.js';
import { describeObjective } from './objective-text.js';

interface Expected {
  readonly predicted: ReadProposalDocument['predicted'];
  readonly objective: ReadProposalDocument['predictedObjective'];
}

interface Arm {
  readonly role: keyof Confirmation['objective'];
  readonly title: string;
  expected(document: ReadProposalDocument): Expected | null;
}

/** As much of a baseline's name as a column has room for. */
const TITLE_WIDTH = 20;

/** @param baseline what the sweep's own baseline is called; undefined where it has none */
function armsOf(baseline: string | undefined): Arm[] {
  const own: Arm[] =
    baseline === undefined
      ? []
      : [
          {
            role: 'baseline',
            title: shortNames([baseline], TITLE_WIDTH)[0]!,
            expected: (d) => d.baselines.given ?? null,
          },
        ];
  return [
    { role: 'natural', title: 'natural', expected: (d) => d.baselines.natural },
    { role: 'uniform', title: 'uniform', expected: (d) => d.baselines.uniform },
    ...own,
    { role: 'best-observed', title: 'best observed', expected: expectedOfBest },
    { role: 'proposal', title: 'proposed', expected: expectedOfProposal },
  ];
}

/** The best measured mixture that is trained again is one that the constraints admit. */
function expectedOfBest(document: ReadProposalDocument): Expected | null {
  const best = document.bestObservedWithinConstraints ?? document.bestObserved;
  return best && { predicted: best.predicted, objective: best.predictedObjective };
}

function expectedOfProposal({ predicted, predictedObjective }: ReadProposalDocument): Expected {
  return { predicted, objective: predictedObjective };
}

export interface MeanLoss {
  mean: number;
  /** Standard error of the mean; null below two runs. */
  standardError: number | null;
}

/** Mean over runs of one loss, nats per token, with its standard error. Null without a finite value. */
export function meanLoss(values: readonly number[]): MeanLoss | null {
  const finite = values.filter(Number.isFinite);
  const n = finite.length;
  if (n === 0) return null;
  const mean = finite.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, standardError: null };
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, standardError: Math.sqrt(variance / n) };
}

/**
 * natural, uniform, the sweep's own baseline, best observed and proposed side by side, a row for each target: the loss
 * that the fit predicts → the one measured by the confirmation runs, mean ± standard error over seeds. Nats per token. Says what the
 * objective is. Runs of another size than the fitted one stand without predictions.
 * @param targets in the order of their rows
 */
export function compareMixtures(
  targets: readonly string[],
  document: ReadProposalDocument,
  confirmation: Confirmation | null,
  confirmationRuns: readonly RunResponse[],
): string {
  // A larger model's losses are others: the fit's predictions say nothing of their size.
  const predicts = confirmation?.fidelity === undefined;
  const arms = armsOf(confirmation?.baseline ?? document.baselines.given?.name);
  const runsOf = (role: string) => confirmationRuns.filter((run) => run.role === role);
  const rows = targets.map((target) => [
    target,
    ...arms.map(({ role, expected }) =>
      cell(
        predicts ? expected(document)?.predicted[target]?.mean : null,
        meanLoss(runsOf(role).map((run) => lossOf(run, target))),
      ),
    ),
  ]);
  const objective = [
    'objective',
    ...arms.map(({ role, expected }) => {
      const mean = confirmation?.objective[role];
      // The mean is the one that the conclusion rests on; its error is ours to compute where the objective is a mean.
      const spread = meanLoss(runsOf(role).map((run) => objectiveOf(run, document.objective)));
      const standardError = spread?.standardError ?? null;
      return cell(predicts ? expected(document)?.objective.mean : null, mean == null ? null : { mean, standardError });
    }),
  ];
  const table = formatTable(
    [{ title: 'target', names: true }, ...arms.map(({ title }) => right(title))],
    [...rows, objective],
  );
  const size = predicts
    ? ''
    : `\n\nMeasured at ${confirmation?.fidelity}; the fit, of another size, predicts nothing of it.`;
  return `${table}${size}\n\nThe objective is the ${describeObjective(document.objective)}: lower is better.`;
}

function lossOf(run: RunResponse, target: string): number {
  const loss = run.observation?.losses[target]?.natsPerToken;
  return typeof loss === 'number' ? loss : Number.NaN;
}

function objectiveOf(run: RunResponse, objective: ReadProposalDocument['objective']): number {
  if (objective.combine !== 'weighted-mean') return Number.NaN;
  const entries = Object.entries(objective.targets);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return entries.reduce((sum, [target, weight]) => sum + (weight / total) * lossOf(run, target), 0);
}

function cell(predicted: number | null | undefined, measured: MeanLoss | null): string {
  const left = predicted == null ? '–' : predicted.toFixed(3);
  if (measured === null) return `${left} → –`;
  const error = measured.standardError === null ? '' : `±${measured.standardError.toFixed(3)}`;
  return `${left} → ${measured.mean.toFixed(3)}${error}`;
}
