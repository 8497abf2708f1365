import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { SweepResponse } from '#libs/contracts';
import { CommandFailed } from '../cli.errors.js';
import { ApiClient } from '../client/api-client.js';
import { readProposalDocument } from '../client/documents.js';
import { isFinal, watchSweep } from '../client/watch-sweep.js';
import { homeFolder } from '../environment.js';
import { describeFit } from '../sweep/fit-text.js';
import { compareMixtures } from '../sweep/mixture-comparison.js';
import { describeObjective } from '../sweep/objective-text.js';
import { lossesTitle, sentencePerLine } from '../sweep/sweep-text.js';
import { describeWeights } from '../sweep/weights-text.js';
import { formatDuration } from '../terminal/numbers.js';
import { openProgressLine } from '../terminal/progress-line.js';
import { wrapText } from '../terminal/wrap.js';
import { readEarlierExport } from '../training-config/earlier-export.js';
import { writeExport } from '../training-config/write-export.js';
import { type LocalService, startLocalService } from '../up/local-service.js';
import { stopInOrder } from '../up/stop-in-order.js';
import type { StopSignals } from '../up/stop-signals.js';
import { writeText } from '../write-output.js';
import { buildDemoCorpus, type DemoCorpus, formatDemoCorpus } from './corpus/build-demo-corpus.js';
import { backendsOf, buildReport } from './demo-report.js';
import { demoLocation, demoName, demoObjective, demoSweep, demoTrainer } from './demo-settings.js';

export interface DemoRun {
  home: string;
  data: string;
  /** Where the training configuration is written. */
  out: string;
  json?: string;
  runs: number;
  seeds: number;
  seed: number;
  workers: number;
  keep?: boolean;
  signals: StopSignals;
}

/** Below the data folder. */
const corpusFolder = 'demo';

/** The main job from text to training configuration, on this machine's embedded stack, through REST. */
export async function runDemo(demo: DemoRun): Promise<void> {
  const started = Date.now();
  const corpus = await buildDemoCorpus(join(demo.data, corpusFolder));
  writeText(`${formatDemoCorpus(corpus)}\n`);
  if (demo.signals.asked()) return;
  const service = await startLocalService({
    home: demo.home,
    data: demo.data,
    port: 0,
    workers: demo.workers,
    say: (message) => process.stderr.write(`${message} …\n`),
    warn: (message) => process.stderr.write(`warning: ${message}\n`),
  });
  const client = new ApiClient(service.url);
  let done = false;
  try {
    await cancelUnfinished(client);
    const sweep = await sweepToTheEnd(client, corpus, demo);
    if (sweep !== null) {
      await report(client, sweep, demo, started);
      done = true;
      if (demo.keep) await stayUp(service, demo.signals);
    }
  } finally {
    if (demo.signals.asked()) {
      if (!done) await cancelUnfinished(client).catch(() => {});
      await stopInOrder(service, demo.signals);
    } else await service.stop();
  }
}

/** Sweeps that an earlier demo left behind would be trained first. */
async function cancelUnfinished(client: ApiClient): Promise<void> {
  const { sweeps } = await client.listSweeps({ limit: 100 });
  for (const sweep of sweeps) if (sweep.name === demoName && !isFinal(sweep)) await client.cancelSweep(sweep.id);
}

/** Null when a person stopped it. */
async function sweepToTheEnd(client: ApiClient, corpus: DemoCorpus, demo: DemoRun): Promise<SweepResponse | null> {
  const domains = corpus.domains.map(({ name, source, tokens, documents, licence, contentHash }) => ({
    name,
    source: `${corpusFolder}/${source}`,
    tokens,
    documents,
    licence,
    contentHash,
  }));
  const registered = await client.createCorpus({ name: demoName, domains });
  const body = demoSweep({ corpusId: registered.id, runs: demo.runs, seeds: demo.seeds, seed: demo.seed });
  const sweep = await client.createSweep(body, randomUUID());
  const { steps, batchSize, contextLength, layers, width } = demoTrainer.parameters;
  writeText(
    `\nSweep ${sweep.id}: ${demo.runs} proxy runs (transformer, ${layers} ${layers === 1 ? 'layer' : 'layers'}, width ${width}, ` +
      `${(steps * batchSize * contextLength).toLocaleString('en')} tokens each),\nthen ${demo.seeds} seeds of each mixture compared. Objective: the ${describeObjective(demoObjective)}, for a model that helps programmers.\n`,
  );
  const stop = new AbortController();
  void demo.signals.first.then(() => stop.abort());
  const last = await watchSweep(client, sweep.id, await openProgressLine(), { signal: stop.signal });
  if (stop.signal.aborted) return null;
  if (last.state !== 'completed')
    throw new CommandFailed(`the sweep ${last.state}: ${last.reason ?? 'no reason given'}`);
  return last;
}

async function report(client: ApiClient, sweep: SweepResponse, demo: DemoRun, started: number): Promise<void> {
  const { confirmation, fitId, proposalId } = sweep;
  if (confirmation === null || fitId === null || proposalId === null) {
    throw new CommandFailed(`sweep ${sweep.id} completed without a fit, a proposal and a confirmation`);
  }
  const fit = await client.fit(fitId);
  const document = readProposalDocument(await client.proposal(proposalId));
  const runs = await client.allRuns(sweep.id);
  const registered = await client.corpus(sweep.corpusId);

  const domains = registered.domains.map(({ name }) => name);

  writeText(`\n${describeFit(domains, fit)}`);
  for (const note of document.notes) writeText(wrapText(`Note: ${note}.`));
  writeText(`\n${lossesTitle}\n\n${compareMixtures(domains, document, confirmation, runs)}`);
  writeText(`\n${sentencePerLine(confirmation.statement)}`);

  // The demo registered its corpus itself, so every domain has its count.
  const tokens = new Map(registered.domains.map((domain) => [domain.name, domain.tokens ?? 0]));
  const total = [...tokens.values()].reduce((sum, count) => sum + count, 0);
  const epochs = Object.fromEntries(
    Object.entries(confirmation.weights).map(([domain, weight]) => [
      domain,
      (weight * total) / (tokens.get(domain) ?? total),
    ]),
  );
  writeText(
    `\nRecommended weights (${confirmation.recommended}), for one pass over as many tokens as the corpus has\n`,
  );
  const proposed = confirmation.recommended === 'proposal' ? undefined : document.weights;
  writeText(describeWeights(domains, confirmation.weights, document.baselines.natural.weights, epochs, proposed));

  const pulled = await client.exportMixture(sweep.id, {
    format: 'megatron',
    options: { location: demoLocation },
  });
  const out = join(demo.out, 'megatron');
  const { files } = await writeExport(out, 'megatron', pulled.files, await readEarlierExport(out, 'megatron'), true);
  for (const warning of pulled.warnings) writeText(`Note: ${warning}.`);
  if (demo.json !== undefined) {
    const written = buildReport({ sweep, confirmation, fit, proposalId, document, runs, files });
    await writeReport(demo.json, `${JSON.stringify(written, null, 2)}\n`);
  }
  writeText(
    `\n${closing({ demo, sweepId: sweep.id, files, seconds: (Date.now() - started) / 1000, backend: backendsOf(runs) })}`,
  );
}

async function writeReport(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${process.pid}.partial`);
  await writeFile(temporary, text);
  await rename(temporary, path);
}

async function stayUp(service: LocalService, signals: StopSignals): Promise<void> {
  writeText(`\nThe service stays up at ${service.url} (docs: ${service.url}/docs). Ctrl-C stops it.`);
  await signals.first;
}

function closing(end: {
  demo: DemoRun;
  sweepId: string;
  files: string[];
  seconds: number;
  backend: string | null;
}): string {
  const here = (path: string) => {
    const fromHere = relative(process.cwd(), path);
    return fromHere.startsWith('..') ? path : fromHere;
  };
  const home = end.demo.home === homeFolder() ? '' : ` --home ${here(end.demo.home)}`;
  return [
    `Done in ${formatDuration(end.seconds)}, trained on the ${end.backend ?? 'unknown'} backend.`,
    '',
    'Written:',
    ...end.files.map((path) => `  ${here(path)}`),
    ...(end.demo.json === undefined ? [] : [`  ${here(end.demo.json)}`]),
    `Data, database and logs: ${here(end.demo.home)}`,
    '',
    'Next:',
    `  npx cuvee up${home}`,
    '                                             the same service, to stay',
    `  npx cuvee sweep show ${end.sweepId}`,
    '                                             this sweep again, while the service is up',
    '  docs/how-do-i-run-a-sweep.md               your own text',
    '  docs/i-already-have-runs.md                runs that you have as files, without a service',
  ].join('\n');
}
