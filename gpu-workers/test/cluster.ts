import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import {
  type Assignment,
  type CurveResponse,
  createSweepSchema,
  type RunDetailResponse,
  transformerParametersSchema,
} from '#libs/contracts';
import { QueueModule } from '#libs/queue';
import { createStore, type OpenStore, StoreModule } from '#libs/store';
import { completeSpecification, type RunRecord } from '#libs/sweeps';
import { eventually, plantSweep } from '#libs/testing';
import { apiDefaults } from '../../apps/api/src/config.js';
import { type RunningApi, startWith } from '../../apps/api/src/start-with.js';

const built = fileURLToPath(new URL('../../dist/gpu-workers/src/', import.meta.url));
export const workerProgram = join(built, 'host/main.js');
export const trainerProgram = join(built, 'trainers/transformer/main.js');

/** Small, and long enough to be interrupted many times. */
export const parameters = {
  layers: 1,
  width: 16,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  steps: 1200,
  warmupSteps: 20,
  learningRate: 0.01,
  evaluationTokens: 512,
  evaluationEvery: 100,
};

export const domains = ['words', 'numbers'];
const weights = [0.7, 0.3];
const seed = 11;

const planted = { parameters: parameters as object, domains, weights };

/** The API with its background work on a real store and queue, in this process, and worker programs beside it. */
export class Cluster {
  readonly #workers = new Set<Worker>();

  private constructor(
    private readonly folder: string,
    private readonly databaseUrl: string,
    private readonly store: OpenStore,
    private readonly api: RunningApi,
  ) {}

  static async start(folder: string, databaseUrl: string, leaseSeconds: number): Promise<Cluster> {
    if (!existsSync(workerProgram)) throw new Error(`${workerProgram} is missing: npm run build first`);
    mkdirSync(join(folder, 'data'));
    for (const name of domains) writeFileSync(join(folder, 'data', `${name}.jsonl`), textOf(name));
    const config = { ...apiDefaults, leaseSeconds, port: 0, databaseUrl };
    const adapters = [StoreModule.forRoot({ databaseUrl }), QueueModule.forApi({ databaseUrl })];
    const api = await startWith(config, adapters, pino({ level: 'silent' }));
    return new Cluster(folder, databaseUrl, createStore({ databaseUrl }), api);
  }

  /** One run that waits for a worker; of another proxy, on other texts of the data folder, if told so. */
  async plantRun(everySteps: number, change: Partial<typeof planted> = {}): Promise<RunRecord> {
    const { parameters, domains, weights } = { ...planted, ...change };
    const specification = completeSpecification(
      createSweepSchema.parse({
        corpusId: 'corpus',
        trainer: { name: 'transformer', parameters },
        checkpoints: { everySteps, keepFinal: true },
        retries: { infrastructure: 100 },
      }),
    );
    const { runs } = await plantSweep(
      this.store.store,
      1,
      { weights, seed },
      { specification, targets: domains },
      {
        domains: domains.map((name) => ({ name, source: `${name}.jsonl`, tokens: 1000 })),
      },
    );
    return runs[0]!;
  }

  startWorker(environment: NodeJS.ProcessEnv): Worker {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, [workerProgram], {
      env: {
        PATH,
        HOME,
        DATABASE_URL: this.databaseUrl,
        CUVEE_HOME: join(this.folder, 'home'),
        CUVEE_DATA: join(this.folder, 'data'),
        CUVEE_CHECKPOINT_SECONDS: '0',
        CUVEE_MEASURE: 'false',
        CUVEE_LOG_LEVEL: 'debug',
        ...environment,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const worker = new Worker(child);
    this.#workers.add(worker);
    return worker;
  }

  async run(id: string): Promise<RunRecord> {
    const run = await this.store.store.findRun(id);
    if (!run) throw new Error(`no run ${id}`);
    return run;
  }

  /** Resolves when the attempt of a killed worker is given up, without the wait for its lease and before the next one. */
  async untilLost(id: string, attempt: number): Promise<void> {
    const { store } = this.store;
    await eventually(async () => {
      const found = (await store.listAttempts(id)).find(({ number }) => number === attempt);
      if (found?.state !== 'open') return found?.state === 'lost';
      // Again and again: reports that the worker had sent may still be on their way and renew it.
      await store.transaction((tx) => tx.updateAttempt(id, attempt, { leaseUntil: new Date(0) }));
      return false;
    });
    await store.transaction((tx) => tx.updateRun(id, { notBefore: null }));
  }

  async detail(id: string): Promise<RunDetailResponse> {
    const response = await fetch(`${this.api.url}/v1/runs/${id}`);
    return (await response.json()) as RunDetailResponse;
  }

  async curve(id: string): Promise<CurveResponse> {
    const response = await fetch(`${this.api.url}/v1/runs/${id}/curve`);
    return (await response.json()) as CurveResponse;
  }

  killWorkers(): void {
    for (const worker of this.#workers) worker.kill();
    this.#workers.clear();
  }

  async close(): Promise<void> {
    this.killWorkers();
    await this.api.close();
    await this.store.close();
  }
}

/** A worker program in a process group of its own, with what it logs. */
export class Worker {
  readonly lines: Record<string, unknown>[] = [];
  onLine: (line: Record<string, unknown>) => void = () => {};
  readonly ended: Promise<number | null>;
  readonly #trainers = new Set<number>();

  constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stderr! }).on('line', (text) => {
      let line: Record<string, unknown>;
      try {
        line = JSON.parse(text);
      } catch {
        line = { msg: text };
      }
      this.lines.push(line);
      this.onLine(line);
    });
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** The group of the worker, then those of its trainers, at once and without a last word. */
  kill(): void {
    for (const pid of childrenOf(this.child.pid!)) this.#trainers.add(pid);
    signalGroup(this.child.pid!);
    for (const pid of this.#trainers) signalGroup(pid);
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Enough words, or numbers, in an order that looks random and is the same each time. */
export function textOf(name: string): string {
  let state = 1;
  const next = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % limit;
  };
  const words = 'the quick brown fox jumps over a lazy dog while rain falls on old stone bridges'.split(' ');
  const word = () => (name === 'words' ? words[next(words.length)] : String(next(100_000)));
  return Array.from({ length: 120 }, () => JSON.stringify({ text: Array.from({ length: 12 }, word).join(' ') })).join(
    '\n',
  );
}

/** What a trainer would be given for the run, were it never interrupted. */
export function assignmentFile(dataRoot: string, folder: string) {
  const assignment: Omit<Assignment, 'trainer' | 'domains' | 'leaseSeconds'> = {
    sweepId: 'sweep',
    runId: 'uninterrupted',
    attempt: 1,
    seed,
    fidelity: 'proxy',
    checkpoints: { everySteps: 0, keepFinal: true },
  };
  return {
    ...assignment,
    trainer: 'transformer',
    parameters: transformerParametersSchema.parse(parameters),
    domains: domains.map((name, i) => ({
      name,
      path: join(dataRoot, `${name}.jsonl`),
      weight: weights[i],
      tokens: 1000,
    })),
    checkpoints: { ...assignment.checkpoints, everySeconds: 0, folder, resumeFrom: null },
  };
}
