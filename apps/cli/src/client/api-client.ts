import type { z } from 'zod';
import {
  type CorpusResponse,
  corpusListSchema,
  corpusSchema,
  type ExportResponse,
  exportSchema,
  type FitResponse,
  fitSchema,
  type Predictions,
  type ProposalResponse,
  predictionsSchema,
  problemSchema,
  proposalSchema,
  type RankTransfers,
  type RunPage,
  rankTransfersSchema,
  retriedSchema,
  runPageSchema,
  type SubmittedSweep,
  type SweepDesign,
  type SweepFailures,
  type SweepPage,
  type SweepResponse,
  submittedSweepSchema,
  sweepDesignSchema,
  sweepFailuresSchema,
  sweepPageSchema,
  sweepSchema,
  type WorkerResponse,
  workerListSchema,
} from '#libs/contracts';
import { CommandFailed } from '../cli.errors.js';
import { ApiProblem, ApiUnreachable } from './api.errors.js';

type QueryValue = string | number | boolean | readonly string[] | undefined;

interface ExportRequest {
  readonly format: string;
  readonly options: Readonly<Record<string, QueryValue>>;
  /** Id of a corpus in place of the sweep's own. */
  readonly corpus?: string;
  /** Each as `[name=]id@start`. */
  readonly laterPhases?: readonly string[];
}

interface Call {
  method?: 'GET' | 'POST';
  body?: unknown;
  query?: Record<string, QueryValue>;
  headers?: Record<string, string>;
}

/** The REST interface as the command line uses it. Every answer is parsed with the contract's schema. */
export class ApiClient {
  constructor(readonly url: string) {}

  createCorpus(body: unknown): Promise<CorpusResponse> {
    return this.call(corpusSchema, '/v1/corpora', { method: 'POST', body });
  }

  async listCorpora(): Promise<CorpusResponse[]> {
    return (await this.call(corpusListSchema, '/v1/corpora')).corpora;
  }

  corpus(id: string): Promise<CorpusResponse> {
    return this.call(corpusSchema, `/v1/corpora/${encodeURIComponent(id)}`);
  }

  createSweep(body: unknown, idempotencyKey: string): Promise<SubmittedSweep> {
    return this.call(submittedSweepSchema, '/v1/sweeps', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  /** Finished runs, to be fitted and proposed from as if this service had trained them. */
  importSweep(body: unknown, idempotencyKey: string): Promise<SubmittedSweep> {
    return this.call(submittedSweepSchema, '/v1/sweeps/import', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  /** What the sweep would do, without doing it. */
  designSweep(body: unknown): Promise<SweepDesign> {
    return this.call(sweepDesignSchema, '/v1/sweeps', { method: 'POST', body, query: { dryRun: 'true' } });
  }

  listSweeps(page: { offset?: number; limit?: number } = {}): Promise<SweepPage> {
    return this.call(sweepPageSchema, '/v1/sweeps', { query: page });
  }

  sweep(id: string): Promise<SweepResponse> {
    return this.call(sweepSchema, `/v1/sweeps/${encodeURIComponent(id)}`);
  }

  cancelSweep(id: string): Promise<SweepResponse> {
    return this.call(sweepSchema, `/v1/sweeps/${encodeURIComponent(id)}/cancel`, { method: 'POST' });
  }

  /** Runs that wait for a new attempt. */
  async retryFailed(id: string): Promise<number> {
    return (await this.call(retriedSchema, `/v1/sweeps/${encodeURIComponent(id)}/retry-failed`, { method: 'POST' }))
      .retried;
  }

  runs(
    sweepId: string,
    filter: { state?: string; role?: string; fidelity?: string; offset?: number; limit?: number } = {},
  ): Promise<RunPage> {
    return this.call(runPageSchema, `/v1/sweeps/${encodeURIComponent(sweepId)}/runs`, { query: filter });
  }

  /** Every run of the sweep, page after page. */
  async allRuns(
    sweepId: string,
    filter: { state?: string; role?: string; fidelity?: string } = {},
  ): Promise<RunPage['runs']> {
    const runs: RunPage['runs'] = [];
    for (let offset: number | null = 0; offset !== null; ) {
      const page: RunPage = await this.runs(sweepId, { ...filter, offset, limit: 100 });
      runs.push(...page.runs);
      offset = page.nextOffset;
    }
    return runs;
  }

  /** Failed attempts by class. */
  async failures(sweepId: string): Promise<SweepFailures['failures']> {
    return (await this.call(sweepFailuresSchema, `/v1/sweeps/${encodeURIComponent(sweepId)}/failures`)).failures;
  }

  /** Whether the order of mixtures at the first fidelity holds at the others. */
  async transfers(sweepId: string): Promise<RankTransfers['transfers']> {
    return (await this.call(rankTransfersSchema, `/v1/sweeps/${encodeURIComponent(sweepId)}/transfer`)).transfers;
  }

  async workers(): Promise<WorkerResponse[]> {
    return (await this.call(workerListSchema, '/v1/workers')).workers;
  }

  fit(id: string): Promise<FitResponse> {
    return this.call(fitSchema, `/v1/fits/${encodeURIComponent(id)}`);
  }

  predict(fitId: string, mixtures: readonly Record<string, number>[]): Promise<Predictions> {
    return this.call(predictionsSchema, `/v1/fits/${encodeURIComponent(fitId)}/predict`, {
      method: 'POST',
      body: { mixtures },
    });
  }

  proposal(id: string): Promise<ProposalResponse> {
    return this.call(proposalSchema, `/v1/proposals/${encodeURIComponent(id)}`);
  }

  /** A proposal as the files of a format; of a sweep, the mixture that it recommends. */
  exportMixture(id: string, request: ExportRequest): Promise<ExportResponse> {
    return this.call(exportSchema, exportPath(id), { query: exportQuery(request) });
  }

  /** As `exportMixture`; null where the files are still those of the tag. */
  async exportIfChanged(tag: string, id: string, request: ExportRequest): Promise<ExportResponse | null> {
    const path = exportPath(id);
    const headers = { 'if-none-match': `"${tag}"` };
    const response = await this.send(path, { query: exportQuery(request), headers });
    return response.status === 304 ? null : this.read(exportSchema, path, response);
  }

  private async call<T>(schema: z.ZodType<T>, path: string, call: Call = {}): Promise<T> {
    return this.read(schema, path, await this.send(path, call));
  }

  private async read<T>(schema: z.ZodType<T>, path: string, response: Response): Promise<T> {
    const text = await response.text();
    const document = parseJson(text);
    if (!response.ok) throw problemOf(response.status, document, text, this.url + path);
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new CommandFailed(
      `${this.url}${path} answered with something that is no answer of this version of Cuvée ` +
        `(${issue?.path.join('.') || 'body'}: ${issue?.message})`,
    );
  }

  private async send(path: string, { method = 'GET', body, query = {}, headers = {} }: Call): Promise<Response> {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const item of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(item));
    }
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      });
    } catch (error) {
      throw new ApiUnreachable(this.url, error);
    }
  }
}

function exportQuery({ format, corpus, options, laterPhases = [] }: ExportRequest): Record<string, QueryValue> {
  return Object.fromEntries([
    ...Object.entries(options),
    ['format', format],
    ['corpus', corpus],
    ['then', laterPhases],
  ]);
}

function exportPath(id: string): string {
  return `/v1/${id.startsWith('swp_') ? 'sweeps' : 'proposals'}/${encodeURIComponent(id)}/export`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, document: unknown, text: string, url: string): CommandFailed {
  const problem = problemSchema.safeParse(document);
  if (problem.success) return new ApiProblem(status, problem.data);
  return new CommandFailed(`${url} answered ${status}: ${text.slice(0, 300)}`);
}
