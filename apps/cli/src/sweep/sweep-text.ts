import type {
  FitResponse,
  ProposalResponse,
  RankTransfer,
  RunResponse,
  SweepDesign,
  SweepFailures,
  SweepPage,
  SweepResponse,
} from '#libs/contracts';
import { listSome } from '#libs/run-tables';
import { readProposalDocument } from '../client/documents.js';
import { proposalReport } from '../reports/proposal-report.js';
import { formatDuration, formatLoss, formatShare } from '../terminal/numbers.js';
import { summarise } from '../terminal/progress-line.js';
import { shortNames } from '../terminal/short-names.js';
import { formatTable } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';
import { describeFailures, unstartedHint } from './failure-text.js';
import { describeFit } from './fit-text.js';
import { compareMixtures } from './mixture-comparison.js';
import { describeSizes } from './sizes-text.js';

export function listSweeps({ sweeps, total }: SweepPage): string {
  if (sweeps.length === 0) return 'No sweep yet. Submit one with: cuvee sweep create FILE.json';
  const table = formatTable(
    [{ title: 'sweep' }, { title: 'name' }, { title: 'state' }, { title: 'progress' }, { title: 'submitted' }],
    sweeps.map((sweep) => [
      sweep.id,
      sweep.name,
      sweep.state,
      summarise(sweep.state, sweep.progress).replace(` · ${sweep.state}`, ''),
      sweep.createdAt.slice(0, 16).replace('T', ' '),
    ]),
  );
  return total > sweeps.length ? `${table}\n\n${sweeps.length} of ${total}; --offset shows the others` : table;
}

export interface SweepParts {
  sweep: SweepResponse;
  /** Domain names in the corpus' order. */
  domains: readonly string[];
  fit: FitResponse | null;
  proposal: ProposalResponse | null;
  confirmationRuns: readonly RunResponse[];
  /** Of a sweep over several sizes. */
  transfers?: readonly RankTransfer[];
  /** Failed and diverged runs of a sweep that failed. */
  troubledRuns?: readonly RunResponse[];
  /** Failed attempts by class. */
  failures?: SweepFailures['failures'];
}

export function describeSweep({
  sweep,
  domains,
  fit,
  proposal,
  confirmationRuns,
  transfers = [],
  troubledRuns = [],
  failures = [],
}: SweepParts): string {
  const parts = [`${sweep.name} (${sweep.id})\n${summarise(sweep.state, sweep.progress)}`];
  if (sweep.spent.tokens > 0) parts.push(describeSpent(sweep.spent));
  if (sweep.unstarted !== null) parts.push(wrapText(unstartedHint(sweep.unstarted)));
  if (failures.length > 0) parts.push(describeFailures(failures));
  if (sweep.reason !== null) parts.push(`Reason: ${sweep.reason}`);
  if (sweep.state === 'failed') parts.push(...describeReasons(troubledRuns));
  if (sweep.fidelities.length > 1) parts.push(describeSizes(sweep.fidelities, sweep.targets, transfers));
  if (fit) parts.push(describeFit(sweep.targets, fit));
  if (proposal) {
    const document = readProposalDocument(proposal);
    parts.push(
      `Proposal ${proposal.id}\n\n${proposalReport(document, { domains, confirmed: sweep.confirmation !== null })}`,
    );
    if (document.notes.length > 0) parts.push(document.notes.map((note) => wrapText(`Note: ${note}.`)).join('\n'));
    if (sweep.confirmation) {
      const table = compareMixtures(sweep.targets, document, sweep.confirmation, confirmationRuns);
      parts.push(`${lossesTitle}\n\n${table}`);
    }
  }
  if (sweep.confirmation) {
    parts.push(sentencePerLine(sweep.confirmation.statement));
    for (const { runId, role, reason } of sweep.confirmation.leftOut)
      parts.push(`Left out: ${role} run ${runId} (${reason})`);
    parts.push(
      `Pull the recommended weights with: cuvee pull ${sweep.id} --format csv --out DIR\n(formats and their options: cuvee pull --help)`,
    );
  }
  return parts.join('\n\n');
}

export const lossesTitle =
  'Loss on held-out text, nats per token:\npredicted by the fit → measured by the confirmation runs, mean ± standard error';

/** A conclusion of several sentences, each on its line. */
export function sentencePerLine(text: string): string {
  return text.replaceAll(/\. (?=[A-Z])/g, '.\n');
}

/** How long the names of domains may be in a list of runs. */
const DOMAIN_WIDTH = 16;

export function listRuns(runs: readonly RunResponse[]): string {
  if (runs.length === 0) return 'No such run.';
  const domains = Object.keys(runs[0]!.weights);
  const sized = new Set(runs.map(({ fidelity }) => fidelity)).size > 1;
  const short = new Map(shortNames(domains, DOMAIN_WIDTH).map((name, i) => [domains[i]!, name]));
  const table = formatTable(
    [
      { title: '#', align: 'right' },
      { title: 'run' },
      { title: 'role' },
      ...(sized ? [{ title: 'size' }] : []),
      { title: 'state' },
      { title: 'attempt', align: 'right' },
      { title: 'mean loss', align: 'right' },
      { title: 'largest weights, %' },
    ],
    runs.map((run) => [
      String(run.index),
      run.label === null ? run.id : `${run.id} (${run.label})`,
      run.role,
      ...(sized ? [run.fidelity ?? '–'] : []),
      stateOf(run),
      String(run.attempt),
      run.state === 'censored' ? `~${formatLoss(meanOfTargets(run))}` : formatLoss(meanOfTargets(run)),
      Object.entries(run.weights)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 2)
        .map(([domain, weight]) => `${short.get(domain) ?? domain} ${(weight * 100).toFixed(1)}`)
        .join(', '),
    ]),
  );
  const stopped = runs.some(({ state }) => state === 'censored');
  const note = stopped ? ['~ where the curve of a run that was stopped early leads to'] : [];
  return [table, ...note, ...describeReasons(runs)].join('\n\n');
}

function stateOf({ state, step, totalSteps, observation }: RunResponse): string {
  if (state === 'running' && totalSteps !== null) return `step ${step}/${totalSteps}`;
  return state === 'censored' ? `stopped at ${observation?.censoredAt ?? step}` : state;
}

/** Why runs failed or diverged, each reason once, the commonest first. */
export function describeReasons(runs: readonly RunResponse[]): string[] {
  const byReason = new Map<string, number[]>();
  for (const { reason, index, state } of runs) {
    // Each run that was stopped early has numbers of its own; `sweep runs --json` shows them.
    if (reason !== null && state !== 'censored') byReason.set(reason, [...(byReason.get(reason) ?? []), index]);
  }
  return [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, indexes]) => `${indexes.length === 1 ? 'Run' : 'Runs'} ${listSome(indexes.map(String))}: ${reason}`);
}

function meanOfTargets(run: RunResponse): number | string | null {
  const losses = Object.values(run.observation?.losses ?? {}).map(({ natsPerToken }) => natsPerToken);
  if (losses.length === 0) return null;
  const divergence = losses.find((loss) => typeof loss === 'string');
  if (divergence !== undefined) return divergence;
  return losses.reduce<number>((sum, loss) => sum + Number(loss), 0) / losses.length;
}

/** What a sweep would train: the range of every weight over the design, the caps and the cost. */
export function describeDesign({ domains, prior, caps, mixtures, notes, estimate }: SweepDesign): string {
  const table = formatTable(
    [
      { title: 'domain' },
      { title: 'natural', align: 'right' },
      { title: 'cap', align: 'right' },
      { title: 'least', align: 'right' },
      { title: 'mean', align: 'right' },
      { title: 'most', align: 'right' },
      { title: 'runs without it', align: 'right' },
    ],
    domains.map((domain) => {
      const weights = mixtures.map((mixture) => mixture[domain] ?? 0);
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length);
      return [
        domain,
        formatShare(prior[domain] ?? 0),
        formatShare(caps[domain] ?? 1),
        formatShare(Math.min(...weights)),
        formatShare(mean),
        formatShare(Math.max(...weights)),
        String(weights.filter((weight) => weight === 0).length),
      ];
    }),
  );
  return [...describeCost(estimate), table, ...notes.map((note) => `Note: ${note}.`), 'Nothing was submitted.'].join(
    '\n\n',
  );
}

/** What the runs cost, and each of several sizes. */
function describeCost(estimate: SweepDesign['estimate']): string[] {
  const { tokens, tokensPerRun, flops, fidelities } = estimate;
  const whole = (value: number) => value.toLocaleString('en');
  const runs = `${estimate.designRuns} design runs and ${estimate.confirmationRuns} confirmation runs`;
  if (tokens === null || tokensPerRun === null) return [`${runs} of as many tokens as the program trains on.`];
  const one = fidelities.length === 1;
  const model = one && fidelities[0]!.parameters !== null ? ` (${whole(fidelities[0]!.parameters)} parameters)` : '';
  const work = flops === null ? '' : `, ${formatFlops(flops)}`;
  const cost = `${runs}${model}${one ? ` of ${whole(tokensPerRun)} tokens` : ''}: ${whole(tokens)} tokens${work} in all.`;
  if (one) return [cost];
  const known = (value: number | null, format: (value: number) => string) => (value === null ? '' : format(value));
  const table = formatTable(
    [
      { title: 'size' },
      { title: 'runs', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'tokens of a run', align: 'right' },
      { title: 'FLOPs of a run', align: 'right' },
    ],
    fidelities.map((fidelity) => [
      fidelity.name,
      String(fidelity.runs),
      known(fidelity.parameters, whole),
      known(fidelity.tokensPerRun, whole),
      known(fidelity.flopsPerRun, (value) => value.toPrecision(3)),
    ]),
  );
  return [cost, table];
}

function describeSpent({ runs, tokens, flops, seconds }: SweepResponse['spent']): string {
  const work = flops > 0 ? `, ${formatFlops(flops)}` : '';
  return `${runs} runs measured: ${tokens.toLocaleString('en')} tokens${work}, ${formatDuration(seconds)} of workers`;
}

function formatFlops(flops: number): string {
  return `${flops.toPrecision(3)} FLOPs`;
}
