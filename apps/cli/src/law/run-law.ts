import { findBestMixture, type LawPrediction, shortNumber } from '#libs/mixing-laws';
import { UnusableInput } from '../cli.errors.js';
import { hashInputs } from '../offline/inputs-hash.js';
import { blamingInput } from '../offline/unusable-input.js';
import { assertWritable } from '../write-files.js';
import { writeJson, writeText } from '../write-output.js';
import { chooseLawTargets, readTargetWeights } from './choose-law-targets.js';
import { defaultLeastTokens, largestSize, measureSignal, usualLength, withoutEarly } from './choose-scale.js';
import { lawDocument } from './law-document.js';
import type { FitForm, FittedForm, Form } from './law-form.js';
import type { LawOptions } from './law-options.js';
import { type WrittenPredictions, writeLawPredictions } from './law-predictions.js';
import type { LawResult, PredictedRun, ProposedMixture } from './law-result.js';
import type { LawTable } from './law-table.js';
import { lawText } from './law-text.js';
import { mixtureForm } from './mixture-form.js';
import { nestedForm } from './nested-form.js';
import { makeLawTable, readLawFiles } from './read-law-table.js';
import { scaleForm } from './scale-form.js';
import { stepForm } from './step-form.js';

const FIT: Readonly<Record<Exclude<Form, 'signal'>, FitForm>> = {
  step: stepForm,
  size: nestedForm(false),
  mixture: mixtureForm,
  nested: nestedForm(true),
  additive: scaleForm('additive'),
  joint: scaleForm('joint'),
};

/** Forms whose answer depends on the size, so that runs without one cannot be used. */
const NEEDS_SIZES: readonly Form[] = ['size', 'nested', 'additive', 'joint', 'signal'];
const NEEDS_TOKENS: readonly Form[] = ['step', 'additive', 'joint'];

function checkOptions(options: LawOptions): void {
  const { form, predict, out } = options;
  if ((predict === undefined) !== (out === undefined)) throw new UnusableInput('--predict and --out need each other');
  if (predict !== undefined && (form === 'signal' || form === 'step')) {
    throw new UnusableInput(`--predict needs a form that predicts mixtures or sizes; "${form}" does not`);
  }
}

function requireScales(form: Form, table: LawTable): void {
  if (!table.sizesKnown && NEEDS_SIZES.includes(form)) {
    throw new UnusableInput(
      `--form ${form} needs the parameters of the runs: a column model_size, a size in the run's or the file's name (70M_…), or --size FILE=PARAMETERS`,
    );
  }
  if (!table.tokensKnown && NEEDS_TOKENS.includes(form)) {
    throw new UnusableInput(`--form ${form} needs the training length of each loss: a column step, or n_tokens`);
  }
  // With one size the size law is its own losses: nothing would be fitted.
  if ((form === 'size' || form === 'signal') && new Set(Array.from(table.rows.sizes)).size < 2) {
    throw new UnusableInput(
      `--form ${form} needs the same mixtures at two sizes or more; these runs all have ${shortNumber(largestSize(table))} parameters`,
    );
  }
}

function isWithoutCurves({ parameters: { all } }: FittedForm): boolean {
  return all?.runs === 0 && all.leftOut !== 0;
}

function checkCaps(cap: LawOptions['cap'], domains: readonly string[]): void {
  for (const domain of cap?.keys() ?? []) {
    if (!domains.includes(domain))
      throw new UnusableInput(`--cap names "${domain}"; the domains are ${domains.join(', ')}`);
  }
}

function record<T>(names: readonly string[], value: (index: number) => T): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, value(i)]));
}

function predictRuns(table: LawTable, form: Form, law: FittedForm, size: number, tokens: number): PredictedRun[] {
  const { rows, labels, usable, domains } = table;
  const sizes = form === 'step' ? [...new Set(Array.from(rows.sizes))].sort((a, b) => a - b) : [size];
  return sizes.flatMap((own) =>
    labels.flatMap((run, u) => {
      const predicted: Record<string, LawPrediction> = {};
      rows.targets.forEach((target, v) => {
        const one = law.trained(v, u, own, tokens);
        if (one) predicted[target] = one;
      });
      if (Object.keys(predicted).length === 0) return [];
      const weights = usable[u] ? record(domains, (i) => rows.mixtures[u]![i]!) : null;
      return [{ run, weights, size: own, predicted }];
    }),
  );
}

function objectiveOf(run: PredictedRun, objective: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const [target, weight] of Object.entries(objective)) sum += weight * (run.predicted[target]?.mean ?? Number.NaN);
  return sum;
}

async function proposeMixture(
  table: LawTable,
  law: FittedForm,
  options: LawOptions,
  objective: Readonly<Record<string, number>>,
  scale: { size: number; tokens: number },
): Promise<ProposedMixture> {
  const { domains, rows, usable } = table;
  const predict = law.predict!;
  const means = law.means!;
  const used = rows.targets.flatMap((target, v) => (objective[target]! > 0 ? [{ v, weight: objective[target]! }] : []));
  const value = (mixtures: readonly ArrayLike<number>[]) => {
    const total = new Float64Array(mixtures.length);
    for (const { v, weight } of used) {
      means(v, mixtures, scale.size, scale.tokens).forEach((mean, i) => {
        total[i]! += weight * mean;
      });
    }
    return total;
  };
  const {
    weights,
    value: best,
    ...search
  } = await blamingInput(() =>
    findBestMixture(value, {
      sampled: rows.mixtures.filter((_, u) => usable[u]),
      upper: domains.map((domain) => options.cap?.get(domain) ?? 1),
    }),
  );
  return {
    weights: record(domains, (i) => weights[i]!),
    objective: best,
    predicted: record(rows.targets, (v) => predict(v, [weights], scale.size, scale.tokens)[0]!),
    search,
  };
}

export async function runLaw(options: LawOptions): Promise<void> {
  checkOptions(options);
  if (options.out !== undefined) await assertWritable(options.out);
  const settings = { domains: options.domains, sizes: options.size ?? new Map(), tokensPerStep: options.tokensPerStep };
  const { file, texts } = await readLawFiles(options.data, settings);
  const targets = chooseLawTargets(file, options.target);
  const whole = makeLawTable(file, targets, options.tokensPerStep);
  const { form } = options;
  requireScales(form, whole);
  checkCaps(options.cap, whole.domains);
  const objective = await readTargetWeights(options.targetWeights, targets);
  const report = (text: string) => process.stderr.write(`${text}\n`);
  const least = form === 'mixture' || form === 'signal' ? 0 : (options.minTokens ?? defaultLeastTokens(whole));
  const { table, dropped } = withoutEarly(whole, least);
  if (table.rows.losses.length === 0) throw new UnusableInput(`--min-tokens ${least} leaves no loss`);
  const size = table.sizesKnown ? (options.n ?? largestSize(table)) : 1;
  const tokens = table.tokensKnown ? (options.d ?? usualLength(table)) : 1;
  const notes = [...table.notes];
  if (dropped > 0) {
    notes.push(
      `${dropped} losses before ${shortNumber(least)} ${table.tokenUnit} left out: warm-up follows no power law (--min-tokens)`,
    );
  }
  const signal = measureSignal(
    whole,
    targets.map((target) => objective[target]!),
  );
  const signalByTarget = record(targets, (v) =>
    measureSignal(
      whole,
      targets.map((_, k) => (k === v ? 1 : 0)),
    ),
  );
  const acrossSizes = form !== 'step' && form !== 'mixture';
  const abstained = acrossSizes && signal.verdict === 'absent' ? `no signal across scales: ${signal.reason}` : null;
  if (acrossSizes && signal.verdict === 'unknown')
    notes.push(`whether an order of mixtures carries over is not known: ${signal.reason}`);

  // Read before the fits: a mistake in it should not cost their time.
  const asked =
    options.predict === undefined
      ? null
      : await readLawFiles([options.predict], { ...settings, domains: file.domains, lossesOptional: true });
  const fitted =
    form === 'signal'
      ? null
      : await blamingInput(() =>
          FIT[form](table, {
            size,
            tokens,
            bootstraps: options.bootstraps,
            seed: options.seed,
            model: options.model,
            report,
          }),
        );
  if (fitted) notes.push(...fitted.notes);
  if (form === 'step' && fitted && isWithoutCurves(fitted)) {
    throw new UnusableInput(
      `--form step found no run with losses at 3 training lengths${least > 0 ? ` from ${shortNumber(least)} ${table.tokenUnit} on (--min-tokens)` : ''}`,
    );
  }
  const runs = fitted ? predictRuns(table, form, fitted, size, tokens) : [];
  const ranked = runs
    .filter((run) => run.weights && !Number.isNaN(objectiveOf(run, objective)))
    .sort((a, b) => objectiveOf(a, objective) - objectiveOf(b, objective));
  const proposes = fitted?.predict && !abstained;
  if (proposes) report('searching the best mixture');
  const bestMixture = proposes ? await proposeMixture(table, fitted, options, objective, { size, tokens }) : null;
  let predictions: WrittenPredictions | null = null;
  if (fitted && asked && options.out !== undefined) {
    predictions = await blamingInput(
      () => writeLawPredictions(asked.file, table, fitted, { size, tokens }, options.out!),
      options.predict,
    );
    notes.push(...asked.file.notes);
    const early = asked.file.losses.filter((row) => row.tokens !== null && row.tokens < least).length;
    if (early > 0) {
      notes.push(
        `${early} losses of ${options.predict} lie before ${shortNumber(least)} ${table.tokenUnit}, where this law was not fitted`,
      );
    }
    if (predictions.unanswered > 0) {
      notes.push(
        `${predictions.unanswered} rows of ${options.predict} left out: this form has no prediction for their mixtures`,
      );
    }
  }
  const result: LawResult = {
    form,
    table,
    at: { size: table.sizesKnown ? size : null, tokens: table.tokensKnown ? tokens : null, tokenUnit: table.tokenUnit },
    minTokens: least,
    objective,
    fitted,
    signal,
    signalByTarget,
    abstained,
    runs,
    bestTrained: abstained || form === 'step' ? null : (ranked[0] ?? null),
    bestMixture,
    predictions,
    notes,
  };
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  if (options.json) writeJson(lawDocument(result, options, hashInputs(texts)));
  else writeText(lawText(result));
}
