import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Confirmation, SweepResponse } from '#libs/contracts';
import { createSweepSchema } from '#libs/contracts';
import { completeSpecification } from '#libs/sweeps';
import type { ReadProposalDocument } from '../src/client/documents.js';

export interface ReceivedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}

type Route = (request: ReceivedRequest, response: ServerResponse) => unknown;

/** An HTTP server that answers "METHOD /path" with what the route returns (as JSON), and remembers what it was asked. */
export class FakeApi {
  readonly requests: ReceivedRequest[] = [];
  private readonly server: Server;

  private constructor(routes: Record<string, Route>) {
    this.server = createServer(async (incoming, response) => {
      const url = new URL(incoming.url ?? '/', 'http://fake');
      let text = '';
      for await (const chunk of incoming) text += chunk;
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
      this.requests.push(request);
      const route = routes[`${request.method} ${request.path}`];
      if (!route) return sendProblem(response, 404, 'not-found', `There is no ${request.path}.`);
      const answer = await route(request, response);
      if (answer === undefined || response.headersSent) return;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }

  static async start(routes: Record<string, Route>): Promise<FakeApi> {
    // Of the sweep that fakeSweep makes, unless a test says otherwise.
    const api = new FakeApi({ 'GET /v1/sweeps/swp_1/failures': () => ({ failures: [] }), ...routes });
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function sendProblem(response: ServerResponse, status: number, code: string, detail: string): void {
  const problem = { type: 'about:blank', title: 'Problem', status, code, detail };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}

export function fakeSweep(patch: Partial<SweepResponse> = {}): SweepResponse {
  return {
    id: 'swp_1',
    name: 'test',
    state: 'running',
    reason: null,
    corpusId: 'cor_1',
    specification: completeSpecification(
      createSweepSchema.parse({ name: 'test', corpusId: 'cor_1', strategy: { name: 'regmix', runs: 8 } }),
    ),
    targets: ['web', 'code'],
    progress: {
      runs: { waiting: 4, queued: 0, running: 2, succeeded: 1, censored: 0, diverged: 1, failed: 0, cancelled: 0 },
      total: 20,
      finished: 2,
      fraction: 0.125,
      secondsElapsed: 10,
      secondsLeft: 70,
    },
    fidelities: [],
    spent: { runs: 0, tokens: 0, flops: 0, seconds: 0 },
    unstarted: null,
    fitId: null,
    proposalId: null,
    confirmation: null,
    createdAt: '2026-01-02T03:04:05.000Z',
    finishedAt: null,
    ...patch,
  };
}

export function fakeEstimate(mean: number): ReadProposalDocument['predictedObjective'] {
  const [lower, upper] = [mean - 0.1, mean + 0.1];
  return {
    mean,
    standardError: 0.06,
    lower50: mean - 0.04,
    upper50: mean + 0.04,
    lower90: lower,
    upper90: upper,
    signal: true,
  };
}

/** The document of a proposal of web and code, with one target, "web". */
export function fakeDocument(recommended: ReadProposalDocument['recommended']['mixture']): ReadProposalDocument {
  const judged = (web: number, mean: number) => ({
    weights: { web, code: 1 - web },
    predicted: { web: fakeEstimate(mean) },
    objective: fakeEstimate(mean),
  });
  const { weights, predicted, objective } = judged(0.625, 2);
  const natural = judged(0.75, 2.2);
  const best = judged(0.5, 2.1);
  const all = { proposal: weights, natural: natural.weights, 'best-observed': best.weights };
  const observed = {
    index: 3,
    run: 'r4',
    weights: best.weights,
    objective: 2.05,
    rows: 1,
    predicted: best.predicted,
    predictedObjective: best.objective,
  };
  return {
    weights,
    epochs: { web: 1.2, code: 0.8 },
    objective: { targets: { web: 1 }, combine: 'weighted-mean' },
    predicted,
    predictedObjective: objective,
    baselines: { natural, uniform: judged(0.5, 2.3) },
    bestObserved: observed,
    bestObservedWithinConstraints: observed,
    recommended: { mixture: recommended, weights: all[recommended], reason: 'the predicted gain says so' },
    worst: judged(0, 3),
    constraints: {
      caps: { web: 1, code: 0.8 },
      excluded: [],
      details: [{ kind: 'cap', name: 'code', limit: 0.8, value: 0.8 }],
    },
    extrapolation: { outside: false, distance: 0.05, limit: 0.1, nearestRun: 'r4', nearestIndex: 3 },
    tradeOff: [{ klStrength: 0.1, weights, kl: 0.02, objective: { mean: 2, lower90: 1.9, upper90: 2.1 } }],
    repetition: {
      domains: { web: { efficiency: 0.99 }, code: { efficiency: 1 } },
      efficiency: 0.995,
      pricedLoss: 0.001,
    },
    fits: { web: { outOfFold: { spearman: 0.9 }, signal: { present: true } } },
    provenance: { optimiser: { used: 'simulate', why: 'it was asked for' } },
    abstained: null,
    notes: [],
  };
}

const difference = { mean: 0.02, standardError: 0.004, lower95: 0.01, upper95: 0.03, pairs: 3 };

export function fakeConfirmation(recommended: Confirmation['recommended']): Confirmation {
  return {
    objective: { proposal: 2, 'best-observed': 2.01, natural: 2.02, uniform: 2.1 },
    seeds: [1, 2, 3],
    losses: {},
    naturalMinusProposal: difference,
    uniformMinusProposal: difference,
    bestObservedMinusProposal: difference,
    naturalMinusBestObserved: difference,
    recommended,
    weights: { web: 0.75, code: 0.25 },
    statement: 'The statement.',
    leftOut: [],
  };
}
