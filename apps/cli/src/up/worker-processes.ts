import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface WorkerProcessOptions {
  count: number;
  /** Program and arguments of one worker: its standard streams go to `<logFolder>/worker-<n>.log`. */
  command: readonly [string, ...string[]];
  environment: NodeJS.ProcessEnv;
  logFolder: string;
  /** Told about a worker that died, in one line. */
  warn(message: string): void;
  /** Waits before a worker is started again; after as many deaths in a row it is given up. */
  backOffMs?: readonly number[];
  /** A worker that lived this long starts with a clean record. */
  healthyMs?: number;
  /** How long a worker may take to hand its runs back before it is killed. */
  graceMs?: number;
}

export interface WorkerProcesses {
  logFiles: readonly string[];
  /** Process ids of the living workers. */
  pids(): number[];
  /** Asks every worker to hand its runs back and waits until all are gone. */
  stop(): Promise<void>;
  /** Kills what is left at once. */
  kill(): void;
}

const defaults = { backOffMs: [500, 1000, 2000, 4000, 8000], healthyMs: 60_000, graceMs: 15_000 };

/**
 * Keeps `count` worker processes alive. Each is the leader of its own process group, so that a Ctrl-C reaches this
 * process alone and the workers stop in order; each holds a channel to this process and stops when it is gone, however
 * it went.
 */
export function startWorkerProcesses(options: WorkerProcessOptions): WorkerProcesses {
  const settings: Settings = { ...defaults, ...options };
  mkdirSync(settings.logFolder, { recursive: true });
  const slots = Array.from({ length: settings.count }, (_, index) => new WorkerSlot(index + 1, settings));
  return {
    logFiles: slots.map((slot) => slot.logFile),
    pids: () => slots.flatMap((slot) => slot.pid ?? []),
    stop: async () => {
      await Promise.all(slots.map((slot) => slot.stop()));
    },
    kill: () => {
      for (const slot of slots) slot.kill();
    },
  };
}

type Settings = Required<WorkerProcessOptions>;

class WorkerSlot {
  readonly logFile: string;
  private child: ChildProcess | null = null;
  private stopping = false;
  private deaths = 0;
  private restart: NodeJS.Timeout | null = null;

  constructor(
    private readonly number: number,
    private readonly settings: Settings,
  ) {
    this.logFile = join(settings.logFolder, `worker-${number}.log`);
    this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.restart) clearTimeout(this.restart);
    const child = this.child;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const limit = setTimeout(() => {
      this.settings.warn(`worker ${this.number} did not stop within ${this.settings.graceMs / 1000} s and was killed`);
      this.kill();
    }, this.settings.graceMs);
    await gone;
    clearTimeout(limit);
  }

  kill(): void {
    this.stopping = true;
    if (this.restart) clearTimeout(this.restart);
    if (this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  private start(): void {
    const [program, ...args] = this.settings.command;
    // The log is a plain file descriptor: what a dying worker says still arrives, whatever happens to this process.
    const log = openSync(this.logFile, 'a');
    const started = Date.now();
    const child = spawn(program, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: this.settings.environment,
      detached: true,
    });
    closeSync(log);
    this.child = child;
    child.once('error', (error) => this.ended(started, error.message)); // the program could not be started
    child.once('exit', (code, signal) => this.ended(started, signal ?? `code ${code}`));
  }

  private ended(started: number, how: string): void {
    if (this.child === null) return;
    this.child = null;
    if (this.stopping) return;
    if (Date.now() - started >= this.settings.healthyMs) this.deaths = 0;
    const wait = this.settings.backOffMs[this.deaths];
    this.deaths += 1;
    if (wait === undefined) {
      const times = this.deaths === 1 ? 'once' : `${this.deaths} times in a row`;
      this.settings.warn(`worker ${this.number} ended ${times} (${how}) and is not started again; see ${this.logFile}`);
      return;
    }
    this.settings.warn(`worker ${this.number} ended (${how}) and is started again; see ${this.logFile}`);
    this.restart = setTimeout(() => this.start(), wait);
  }
}
