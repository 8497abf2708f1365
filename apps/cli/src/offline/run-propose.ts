import { basename, dirname } from 'node:path';
import { type Objective, type ProposalDocument, propose, resolveObjective } from '#libs/proposals';
import { alignToDomains, type InvalidInputError, normaliseWeights } from '#libs/simplex';
import { codeVersion } from '../../../api/src/code-version.js';
import { UnusableInput } from '../cli.errors.js';
import { formatShare } from '../terminal/numbers.js';
import { formatTable } from '../terminal/table.js';
import { assertWritable, writeFiles } from '../write-files.js';
import { writeJson, writeText } from '../write-output.js';
import { hashInputs } from './inputs-hash.js';
import { type JoinedRuns, joinRuns } from './join-runs.js';
import { readCsv } from './read-csv.js';
import { readDomainRecord, readObjective } from './read-domain-record.js';
import { chooseTargets, reportFit } from './run-fit.js';
import { blamingInput } from './unusable-input.js';

export interface ProposeOptions {
  weights: string;
  losses: string;
  objective?: string;
  target?: string[];
  prior?: string;
  tokens?: string;
  targetTokens?: number;
  maxEpochs?: number;
  caps?: string;
  model: string;
  folds: number;
  samples?: number;
  top?: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** Checked here, where its file can be named; the library reads it again from the same record. */
async function readPrior(path: string, domains: readonly string[]): Promise<Record<string, number>> {
  const prior = await readDomainRecord(path);
  await blamingInput(() => normaliseWeights(domains, alignToDomains('prior', domains, prior)), path);
  return prior;
}

async function chooseObjective(options: ProposeOptions, runs: JoinedRuns): Promise<Objective> {
  const known = Object.keys(runs.losses);
  if (options.objective !== undefined) {
    if (options.target) throw new UnusableInput('--objective and --target exclude each other');
    const given = (await readObjective(options.objective)) as Objective;
    return blamingInput(() => resolveObjective(given, known), options.objective);
  }
  return resolveObjective(undefined, await blamingInput(() => chooseTargets(runs, options.target), options.losses));
}

const inputOptions = ['prior', 'tokens', 'caps'] as const;

/** The file that a complaint of the library is about, as far as the complaint says. */
function fileAtFault(options: ProposeOptions, error: InvalidInputError): string | undefined {
  const { argument } = error.details;
  if (error.code === 'TOO_FEW_ROWS') return options.losses;
  if (error.code === 'CAPS_INFEASIBLE') return options.caps ?? options.tokens ?? options.prior;
  if (typeof argument === 'string' && argument.startsWith('the cap of ')) return options.caps;
  const named = inputOptions.find((name) => argument === name);
  return named && options[named];
}

function checkOptions(options: ProposeOptions): void {
  if (options.targetTokens !== undefined && options.tokens === undefined) {
    throw new UnusableInput('--target-tokens needs --tokens, the tokens available by domain');
  }
  if (options.maxEpochs !== undefined && options.tokens === undefined && options.prior === undefined) {
    throw new UnusableInput('--max-epochs needs --tokens or --prior: without them nothing says how much text there is');
  }
}

export async function runPropose(options: ProposeOptions): Promise<void> {
  checkOptions(options);
  if (options.out !== undefined) await assertWritable(options.out);
  const [weights, losses] = [await readCsv(options.weights), await readCsv(options.losses)];
  const runs = joinRuns(weights, losses);
  const objective = await chooseObjective(options, runs);
  const prior = options.prior === undefined ? undefined : await readPrior(options.prior, runs.domains);
  const tokens = options.tokens === undefined ? undefined : await readDomainRecord(options.tokens);
  const caps = options.caps === undefined ? undefined : await readDomainRecord(options.caps);
  const proposal = await blamingInput(
    () =>
      propose({
        domains: runs.domains,
        mixtures: runs.mixtures,
        // Only what the objective counts is fitted: with a dozen targets, fitting all takes a dozen times as long.
        losses: Object.fromEntries(Object.keys(objective.targets).map((target) => [target, runs.losses[target]!])),
        objective,
        prior,
        tokens,
        targetTokens: options.targetTokens,
        maxEpochs: options.maxEpochs,
        caps,
        model: options.model,
        folds: options.folds,
        samples: options.samples,
        top: options.top,
        seed: options.seed,
        runIds: runs.ids,
        inputsHash: hashInputs({
          weights: weights.text,
          losses: losses.text,
          prior: JSON.stringify(prior ?? null),
          tokens: JSON.stringify(tokens ?? null),
          caps: JSON.stringify(caps ?? null),
          objective: JSON.stringify(objective),
        }),
        onProgress: ({ phase, done, total, target }) => {
          if (phase === 'fit') reportFit(target!, done, total);
          else if (done === 0) process.stderr.write(`simulating ${total} mixtures\n`);
        },
      }),
    (error) => fileAtFault(options, error),
  );
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
    const [path] = await writeFiles(dirname(options.out), [file], true);
    process.stderr.write(`wrote ${path}\n`);
  }
  if (options.json) writeJson(document);
  else writeText(proposalTables(proposal));
}

function proposalTables(proposal: ProposalDocument): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const { weights, epochs, natural, constraints, predicted, predictedObjective, nearestSampled } = proposal;
  const mixture = formatTable(
    [{ title: 'domain' }, right('proposed'), right('natural'), right('epochs'), right('cap'), { title: '' }],
    Object.keys(weights).map((domain) => [
      domain,
      formatShare(weights[domain]!),
      formatShare(natural.weights[domain]!),
      epochs ? epochs[domain]!.toFixed(2) : '–',
      constraints.caps ? formatShare(constraints.caps[domain]!) : '–',
      constraints.binding.includes(domain) ? 'cap binds' : '',
    ]),
  );
  const loss = (value: number | null) => (value === null ? '–' : value.toFixed(4));
  const losses = formatTable(
    [{ title: 'predicted loss' }, ...['proposed', 'natural', 'uniform', 'best observed', 'standard error'].map(right)],
    [['objective', predictedObjective] as const, ...Object.entries(predicted)].map(([name, p]) => [
      name,
      ...[p.proposal, p.natural, p.uniform, p.bestObserved, p.standardError].map(loss),
    ]),
  );
  const run = nearestSampled.run === null ? '' : ` (run ${nearestSampled.run})`;
  const lines = [
    mixture,
    '',
    losses,
    '',
    `Standard error: ${proposal.standardErrorBasis}.`,
    `Nearest measured mixture${run}: ${formatShare(nearestSampled.distance)} of the tokens would change domain.`,
  ];
  if (proposal.abstained) lines.unshift(`Abstained: ${proposal.abstained.reason}`, '');
  return lines.join('\n');
}
