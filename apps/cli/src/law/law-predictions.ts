import { basename, dirname } from 'node:path';
import { type HeldOutScores, type LawPrediction, scoreHeldOut } from '#libs/mixing-laws';
import { UnusableInput } from '../cli.errors.js';
import { writeFiles } from '../write-files.js';
import type { FittedForm } from './law-form.js';
import type { LawTable, ReadFile } from './law-table.js';

export interface WrittenPredictions {
  readonly file: string;
  readonly rows: number;
  /** Rows that no law could predict: a mixture not trained, under a form that knows the trained ones only. */
  readonly unanswered: number;
  /** Scores where the file held losses, by target and over all. */
  readonly scores: Readonly<Record<string, HeldOutScores>> | null;
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Answer {
  readonly target: string;
  readonly loss: number;
  readonly prediction: LawPrediction;
}

/** Predicts every row of the file at its own scale, or at the one asked for, and writes them. */
export async function writeLawPredictions(
  asked: ReadFile,
  table: LawTable,
  law: FittedForm,
  scale: { readonly size: number; readonly tokens: number },
  out: string,
): Promise<WrittenPredictions> {
  const { targets } = table.rows;
  const keyOf = new Map(table.rows.mixtures.map((h, u) => [keyOfWeights(h), u]));
  const answers: Answer[] = [];
  const lines = ['index,target,size,tokens,mean,standardError,lower50,upper50,lower90,upper90,loss'];
  let unanswered = 0;
  for (const row of asked.losses) {
    for (const target of row.target === '' ? targets : [row.target]) {
      const v = targets.indexOf(target);
      if (v < 0) continue;
      const size = table.sizesKnown ? (row.size ?? scale.size) : 1;
      const tokens = table.tokensKnown ? (row.tokens ?? scale.tokens) : 1;
      const u = row.weights ? keyOf.get(keyOfWeights(row.weights)) : undefined;
      const known = u === undefined ? null : law.trained(v, u, size, tokens);
      const prediction = known ?? (row.weights && law.predict ? law.predict(v, [row.weights], size, tokens)[0]! : null);
      if (!prediction) {
        unanswered++;
        continue;
      }
      const { mean, standardError, lower50, upper50, lower90, upper90 } = prediction;
      const cells = [size, tokens, mean, standardError, lower50, upper50, lower90, upper90];
      lines.push([csvCell(row.place), csvCell(target), ...cells, Number.isNaN(row.loss) ? '' : row.loss].join(','));
      answers.push({ target, loss: row.loss, prediction });
    }
  }
  if (answers.length === 0) {
    throw new UnusableInput(
      'no row of --predict could be predicted: this form knows the trained mixtures only, or no target is shared',
    );
  }
  const [file] = await writeFiles(dirname(out), [{ path: basename(out), content: `${lines.join('\n')}\n` }]);
  return { file: file!, rows: answers.length, unanswered, scores: scoreAnswers(answers) };
}

function keyOfWeights(weights: ArrayLike<number>): string {
  return Array.from(weights, (w) => Math.round(w * 1e6)).join(' ');
}

function scoreAnswers(answers: readonly Answer[]): Record<string, HeldOutScores> | null {
  const measured = answers.filter(({ loss }) => !Number.isNaN(loss));
  if (measured.length === 0) return null;
  const score = (part: readonly Answer[]) =>
    scoreHeldOut(
      part.map(({ prediction }) => prediction.mean),
      part.map(({ loss }) => loss),
      part.map(({ prediction }) => prediction.standardError),
    );
  const names = [...new Set(measured.map(({ target }) => target))];
  const scores = Object.fromEntries(
    names.map((name) => [name, score(measured.filter(({ target }) => target === name))]),
  );
  return names.length > 1 ? { all: { ...score(measured), spearman: null }, ...scores } : scores;
}
