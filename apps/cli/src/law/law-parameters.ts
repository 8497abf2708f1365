import { shortNumber } from '#libs/mixing-laws';
import { formatTable, right } from '../terminal/table.js';
import { labelled, outputWidth, wrapText } from '../terminal/wrap.js';
import type { LawResult } from './law-result.js';

type Parameters = Readonly<Record<string, unknown>>;

const four = (value: unknown) => (typeof value === 'number' ? String(Number(value.toPrecision(4))) : '–');
const isRecord = (value: unknown): value is Parameters => typeof value === 'object' && value !== null;
/** "effectiveParameters" as people write it. */
const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What was fitted, in words; `--json` has every parameter under its name. */
export function lawParameters({ form, fitted, at }: LawResult): string[] {
  const parameters = fitted?.parameters ?? {};
  if (form === 'additive' || form === 'joint') return scaleLines(form, parameters);
  return Object.entries(parameters).flatMap(([target, own]) =>
    target === 'all' ? sharedLines(own, at.tokenUnit) : [mixtureLine(target, own)],
  );
}

const line = (label: string, text: string) => labelled(`  ${label}`, text, 11);

/** The step and size laws, which all targets share. */
function sharedLines(all: Parameters, unit: string): string[] {
  const lines: string[] = [];
  const steps = Number(all.stepLaws ?? all.runs);
  const exponent = all.stepExponent ?? all.exponent;
  if (steps === 0) lines.push(line('steps', `no law was needed: every run was measured at this many ${unit}`));
  else if (isRecord(exponent)) {
    const range = `${four(exponent.least)} to ${four(exponent.most)}, median ${four(exponent.median)}`;
    lines.push(line('steps', `${steps} curves, loss − floor ∝ ${unit}^−γ, γ ${range}`));
  }
  if (isRecord(all.size)) {
    const { exponent: alpha, exponentDetermined, shareOfOwnAmplitudeKept, noise, residual } = all.size;
    const source =
      exponentDetermined === true ? 'determined by these sizes' : 'published: these sizes do not determine it';
    const kept = Math.round(100 * Number(shareOfOwnAmplitudeKept));
    lines.push(
      line(
        'size',
        `loss − floor ∝ parameters^−${four(alpha)} (${source}); each mixture keeps ${kept} % of its own rate of gain from ` +
          `size, the rest looks like noise and is the mean of all; noise ${four(noise)}, residual ${four(residual)}`,
      ),
    );
  }
  if (all.converged === false) lines.push(line('warning', `NOT CONVERGED: ${String(all.reason)}`));
  return lines;
}

function mixtureLine(target: string, own: Parameters): string {
  const { model, mixtures, residual, noise, twoDomains, converged, reason } = own;
  const known = ['mixtures', 'residual', 'noise', 'iterations'];
  const numbers = Object.entries(own).flatMap(([name, value]) =>
    typeof value === 'number' && !known.includes(name) ? [`${inWords(name)} ${four(value)}`] : [],
  );
  const parts = [
    `${String(model)} on ${String(mixtures)} mixtures`,
    `residual ${four(residual)}`,
    ...(noise === undefined ? [] : [`noise ${four(noise)}`]),
    ...numbers,
  ];
  if (isRecord(twoDomains)) {
    const { weightOf, slope, intercept, floor, correlation } = twoDomains;
    const straight = `ln(loss − ${four(floor)}) = ${four(intercept)} ${Number(slope) < 0 ? '−' : '+'} ${four(Math.abs(Number(slope)))} × weight of ${String(weightOf)}`;
    parts.push(`as a straight line: ${straight} (correlation ${four(correlation)})`);
  }
  if (converged === false) parts.push(`NOT CONVERGED (${String(reason)})`);
  return labelled(`  ${target}: `, parts.join(', '), Math.min(20, target.length + 4));
}

/** One law of mixture, size and tokens for each target. */
function scaleLines(form: 'additive' | 'joint', parameters: Readonly<Record<string, Parameters>>): string[] {
  const targets = Object.entries(parameters);
  const additive = form === 'additive';
  const references = (name: string) => {
    const values = targets.map(([, own]) => Number(own[name]));
    const [least, most] = [Math.min(...values), Math.max(...values)].map(shortNumber);
    return least === most ? least : `${least} to ${most}`;
  };
  const formula = additive
    ? 'loss = E + 1 / Σ C·weight^γ + A·(N/N0)^−alpha + B·(D/D0)^−beta'
    : 'loss = E + 1 / Σ C·weight^γ + A(weights)·(N/N0)^−alpha + B(weights)·(D/D0)^−beta';
  const units = `N parameters, D tokens; N0 ${references('referenceSize')}, D0 ${references('referenceTokens')}`;
  const failed = targets.filter(([, own]) => own.converged === false);
  const names = additive ? ['E', 'A', 'alpha', 'B', 'beta', 'residual'] : ['E', 'alpha', 'beta', 'residual'];
  const table = formatTable(
    [{ title: 'target', names: true }, ...names.map(right)],
    targets.map(([target, own]) => [target, ...names.map((name) => four(own[name]))]),
  );
  return [
    wrapText(formula, outputWidth(), '  '),
    wrapText(`${units}. C and γ${additive ? '' : ', A and B'} by domain: --json.`, outputWidth(), '  '),
    '',
    table,
    ...failed.map(([target, own]) => wrapText(`${target}: NOT CONVERGED (${String(own.reason)})`)),
  ];
}
