import { basename, dirname } from 'node:path';
import { codeVersion } from '#libs/code-version';
import { computeInThread } from '#libs/computing';
import {
  type ProposalDocument,
  type ProposeProgress,
  readBaseline,
  resolveConstraints,
  targetsAsked,
} from '#libs/proposals';
import type { RunTable } from '#libs/run-tables';
import { alignToDomains, type InvalidInputError, normaliseWeights } from '#libs/simplex';
import { MINIMUM_ROWS } from '#libs/surrogates';
import { UnusableInput } from '../../cli.errors.js';
import { interruptible } from '../../interruptible.js';
import { proposalReport } from '../../reports/proposal-report.js';
import { StatusLine } from '../../terminal/status-line.js';
import { assertWritable, writeFiles } from '../../write-files.js';
import { writeJson, writeText } from '../../write-output.js';
import { chooseTargets, namesTargets, type TargetOptions } from '../choose-targets.js';
import { readFitFile } from '../fit/fit-file.js';
import { type FittedRuns, fitRuns, type ModelOptions } from '../fit/fit-runs.js';
import { hashInputs } from '../inputs-hash.js';
import type { RunsOptions } from '../runs-input.js';
import { blamingInput } from '../unusable-input.js';
import { type ProposalOptions, type ProposalRequest, readProposalRequest } from './proposal-files.js';

export interface ProposeOptions extends RunsOptions, TargetOptions, ModelOptions, ProposalOptions {
  fit?: string;
  out?: string;
  json?: boolean;
}

/** Options that a fit was made with: with --fit they would do nothing. */
const fitting = ['weights', 'losses', 'runs', 'model', 'set', 'experts', 'folds'] as const;

function checkFitOptions(options: ProposeOptions, sourceOf: (name: string) => string | undefined): void {
  if (options.fit === undefined) return;
  const stray = fitting.find((name) => sourceOf(name) === 'cli');
  if (stray) throw new UnusableInput(`--fit holds its runs and their fits: leave out --${stray}`);
}

/**
 * The targets to fit. With an objective that names its targets, --target and --targets add targets to be predicted;
 * without one they are the objective.
 */
async function targetsToFit(
  options: ProposeOptions,
  request: ProposalRequest,
  known: readonly string[],
  label: string,
): Promise<string[]> {
  const named = options.target !== undefined || options.targets !== undefined;
  const inObjective = request.objective.targets && Object.keys(request.objective.targets);
  const inGroups = Object.values(request.pareto?.groups ?? {}).flatMap((group) => Object.keys(group));
  const asked = named || !inObjective ? await chooseTargets(options, known, label) : [];
  const objective = inObjective ? await chooseTargets({ target: inObjective }, known, options.objective!) : [];
  const groups = inGroups.length > 0 ? await chooseTargets({ target: inGroups }, known, options.pareto!) : [];
  return [...new Set([...objective, ...asked, ...groups])];
}

/** Said before the fits are made: a target that counts and has too few losses would end the proposal after them. */
function assertCountable(options: ProposeOptions, { objective, pareto }: ProposalRequest, runs: RunTable): void {
  const named = namesTargets(options) && !objective.targets ? (options.target ?? options.targets!.split(',')) : [];
  for (const target of [...named.map((name) => name.trim()), ...targetsAsked(objective, pareto)]) {
    const count = runs.losses[target]?.filter(Number.isFinite).length ?? 0;
    if (count >= MINIMUM_ROWS) continue;
    const losses = count === 1 ? '1 finite loss' : `${count} finite losses`;
    const told = `target "${target}" has ${losses}; the objective can count one with at least ${MINIMUM_ROWS}`;
    throw new UnusableInput(`${options.losses ?? options.runs}: ${told}`);
  }
}

/** Checks what is asked for before the fit, which takes longer: names of domains, and whether any mixture is left. */
async function checkFeasible(options: ProposeOptions, request: ProposalRequest, runs: RunTable): Promise<void> {
  const { domains, mixtures, losses } = runs;
  const { prior, constraints, tokens, licences, baseline } = request;
  if (prior) {
    await blamingInput(() => normaliseWeights(domains, alignToDomains('prior', domains, prior)), options.prior);
  }
  if (baseline) await blamingInput(() => readBaseline(domains, baseline), options.baseline);
  await blamingInput(
    () => resolveConstraints(domains, mixtures, { ...constraints, prior, tokens, licences, domains, mixtures, losses }),
    (error) => fileAtFault(options, error),
  );
}

interface FittedInput extends FittedRuns {
  readonly targets: readonly string[];
}

async function fitOrLoad(options: ProposeOptions, request: ProposalRequest): Promise<FittedInput> {
  if (options.fit === undefined) {
    const fitted = await fitRuns(options, async (runs, label) => {
      await checkFeasible(options, request, runs);
      const targets = await targetsToFit(options, request, Object.keys(runs.losses), label);
      assertCountable(options, request, runs);
      return targets;
    });
    return { ...fitted, targets: [...Object.keys(fitted.records), ...Object.keys(fitted.unfitted)] };
  }
  const { file } = await readFitFile(options.fit);
  const { unfitted = {} } = file;
  const known = [...Object.keys(file.fits), ...Object.keys(unfitted)];
  const targets = await targetsToFit(options, request, known, options.fit);
  const losses = Object.entries(file.runs.losses).map(([target, values]) => [
    target,
    Float64Array.from(values, (value) => value ?? Number.NaN),
  ]);
  const runs: RunTable = {
    domains: file.domains,
    mixtures: file.runs.mixtures.map((row) => [...row]),
    losses: Object.fromEntries(losses),
    ids: file.runs.ids,
    unmeasured: {},
    joinedOn: 'the saved fit',
    renormalised: file.runs.renormalised,
    unmatched: { weights: [], losses: [] },
    notes: [],
  };
  await checkFeasible(options, request, runs);
  return { runs, records: file.fits, unfitted, provenance: file.provenance, targets };
}

/** The file that a complaint of the library is about, as far as the complaint says. */
function fileAtFault(options: ProposeOptions, { code, details }: InvalidInputError): string | undefined {
  const { argument } = details;
  if (code === 'TARGET_UNFITTED') return options.losses ?? options.runs ?? options.fit;
  for (const name of ['prior', 'tokens', 'licences', 'caps', 'objective', 'pareto'] as const) {
    if (argument === name) return options[name];
  }
  return options.constraints ?? options.caps ?? undefined;
}

async function computeProposal(
  options: ProposeOptions,
  request: ProposalRequest,
  { runs, records, unfitted, provenance, targets }: FittedInput,
): Promise<ProposalDocument> {
  const { constraints, objective, ...rest } = request;
  const counted =
    objective.targets ?? (namesTargets(options) ? Object.fromEntries(targets.map((target) => [target, 1])) : undefined);
  const chosen = <T>(of: Readonly<Record<string, T>>) =>
    Object.fromEntries(targets.flatMap((target) => (Object.hasOwn(of, target) ? [[target, of[target]!]] : [])));
  const input = {
    ...constraints,
    ...rest,
    objective: counted ? { ...objective, targets: counted } : objective,
    domains: runs.domains,
    mixtures: runs.mixtures,
    losses: chosen(runs.losses),
    fits: chosen(records),
    unfitted: chosen(unfitted),
    model: provenance.model,
    seed: options.seed,
    runIds: runs.ids,
    inputsHash: hashInputs({ runs: provenance.inputsHash, request: JSON.stringify(request) }),
  };
  const line = new StatusLine();
  try {
    return await interruptible((signal) =>
      blamingInput(
        () => computeInThread('propose', input, { signal, onProgress: (progress) => showProgress(line, progress) }),
        (error) => fileAtFault(options, error),
      ),
    );
  } finally {
    line.clear();
  }
}

const doing: Readonly<Record<ProposeProgress['phase'], string>> = {
  fit: 'fitting',
  simulate: 'simulating mixtures',
  refine: 'refining the proposal and its trade-off curve',
};

function showProgress(line: StatusLine, { phase, done, total }: ProposeProgress): void {
  line.show(`${doing[phase]}${total > 1 ? ` (${done} of ${total})` : ''}`, done === 0);
}

export async function runPropose(
  options: ProposeOptions,
  sourceOf: (name: string) => string | undefined,
): Promise<void> {
  checkFitOptions(options, sourceOf);
  if (options.out !== undefined) await assertWritable(options.out);
  const request = await readProposalRequest(options);
  const input = await fitOrLoad(options, request);
  const { runs } = input;
  const proposal = await computeProposal(options, request, input);
  const document = {
    command: 'propose',
    ...proposal,
    // The rows reach the library already divided by their sums, so it counts none.
    provenance: { ...proposal.provenance, renormalised: runs.renormalised, codeVersion: codeVersion() },
    unmatched: runs.unmatched,
    notes: [...runs.notes, ...proposal.notes],
  };
  for (const note of document.notes) process.stderr.write(`note: ${note}\n`);
  if (options.out !== undefined) {
    const file = { path: basename(options.out), content: `${JSON.stringify(document, null, 2)}\n` };
    const [path] = await writeFiles(dirname(options.out), [file]);
    process.stderr.write(`wrote ${path}\n`);
  }
  if (options.json) writeJson(document);
  else writeText(proposalReport(proposal, { objective: proposal.objective }));
}
