import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FailureClass } from '#libs/contracts';
import { builtProgram } from './built-program.js';
import { classifyExit } from './failure-class.js';
import { type GuardCall, guardVariable } from './guard-call.js';
import { OutputTail } from './output-tail.js';
import { ReportFile, reportFileName } from './report-file.js';
import { endProcessesOf } from './run-processes.js';
import { runFolderVariable, trainerEnvironment } from './trainer-environment.js';
import { commandFor, type TrainerEntry } from './trainer-manifest.js';
import { type FinalMessage, type OutputLimits, type PassingMessage, TrainerOutput } from './trainer-output.js';

export interface TrainerLimits extends OutputLimits {
  /** From SIGTERM to SIGKILL, and from a result to the end of the process. */
  killSeconds: number;
}

export const defaultLimits: TrainerLimits = {
  lineBytes: 1 << 20,
  totalBytes: 64 << 20,
  garbageLines: 200,
  killSeconds: 5,
};

export type TrainerOutcome =
  | Exclude<FinalMessage, { type: 'error' }>
  | { type: 'failed'; class: FailureClass; message: string; stderrTail: string; saidByTrainer: boolean }
  | { type: 'stopped' };

export interface TrainerCall {
  entry: TrainerEntry;
  assignmentPath: string;
  /** The run's own; its name is on no other run's processes. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  /** Where the entry has none of its own. */
  limits: TrainerLimits;
  /** Ends the trainer; the outcome is then `stopped`, unless the trainer had said its result before. */
  stop: AbortSignal;
  onMessage(message: PassingMessage): void;
}

/**
 * A trainer that ends this soon, without one message, has not come as far as its run: its program, its libraries or the
 * machine's driver are at fault, and another worker may do it.
 */
const silentStartSeconds = 30;
const tailCharacters = 8000;
const pollMs = 250;

/**
 * Runs one trainer's program to its end, under a guard that outlives this process and ends the program when this process
 * dies, even by SIGKILL. Never throws. Every process of the run is gone when the promise resolves.
 */
export async function runTrainer(call: TrainerCall): Promise<TrainerOutcome> {
  if (call.stop.aborted) return { type: 'stopped' };
  return new TrainerRun(call).ended;
}

class TrainerRun {
  readonly ended: Promise<TrainerOutcome>;
  readonly #child: ChildProcess;
  readonly #stderr = new OutputTail(tailCharacters);
  readonly #output: TrainerOutput;
  readonly #reports: ReportFile | undefined;
  readonly #limits: TrainerLimits;
  readonly #timers: NodeJS.Timeout[] = [];
  #outcome: TrainerOutcome | undefined;

  constructor(private readonly call: TrainerCall) {
    const { entry, folder } = call;
    this.#limits = limitsOf(call);
    this.#output = new TrainerOutput(this.#limits, call.onMessage, (message) => this.#onFinal(message));
    this.#child = startGuard(call, this.#limits.killSeconds);
    if (entry.reports === 'file') {
      this.#reports = new ReportFile(join(folder, reportFileName), (chunk) => this.#output.push(chunk));
    }
    this.ended = this.#watch();
  }

  async #watch(): Promise<TrainerOutcome> {
    const { entry, stop } = this.call;
    const child = this.#child;
    const begun = performance.now();
    const onStop = (): void => this.#end({ type: 'stopped' }, 'SIGTERM');
    stop.addEventListener('abort', onStop, { once: true });
    this.#after(entry.wallTimeSeconds, () => {
      this.#end(this.#failure('timeout', `longer than the ${entry.wallTimeSeconds} s this worker allows`), 'SIGTERM');
    });
    child.stdin?.on('error', () => {});
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    // What a program prints that reports in a file is for people, like its errors.
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#reports) this.#stderr.push(chunk);
      else if (!this.#guarded(() => this.#output.push(chunk))) child.stdout?.destroy();
    });
    const polling = this.#reports && this.#poll(this.#reports);
    let cleared: Promise<void> | undefined;
    const exit = await new Promise<{ code: number | null; signal: NodeJS.Signals | null; error?: Error }>((resolve) => {
      child.once('error', (error) => child.pid === undefined && resolve({ code: null, signal: null, error }));
      // A process left behind may hold the output open: the group is ended first, then the pipes close.
      child.once('exit', () => {
        cleared = this.#clearUp();
      });
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const atOnce = performance.now() - begun < silentStartSeconds * 1000;
    await cleared;
    await polling?.stop();
    this.#guarded(() => this.#output.end());
    stop.removeEventListener('abort', onStop);
    for (const timer of this.#timers) clearTimeout(timer);
    child.stdin?.destroy();
    const outcome = this.#outcome ?? this.#exitFailure(exit, atOnce);
    return outcome.type === 'failed' ? { ...outcome, stderrTail: this.#stderr.text() } : outcome;
  }

  #exitFailure(
    { code, signal, error }: { code: number | null; signal: NodeJS.Signals | null; error?: Error },
    soon: boolean,
  ): TrainerOutcome {
    if (error) return this.#failure('infrastructure', `the trainer could not be started: ${error.message}`);
    const { hasSpoken, garbage } = this.#output;
    const exit = { code, signal, atOnce: soon && !hasSpoken, stderr: this.#stderr.text(), garbage };
    return { type: 'failed', stderrTail: '', ...classifyExit(exit) };
  }

  #onFinal(message: FinalMessage): void {
    this.#outcome ??= message.type === 'error' ? this.#failure(message.class, message.message, true) : message;
    this.#after(this.#limits.killSeconds, () => signalGroup(this.#child, 'SIGKILL'));
  }

  #end(outcome: TrainerOutcome, signal: NodeJS.Signals): void {
    this.#outcome ??= outcome;
    signalGroup(this.#child, signal);
    this.#after(this.#limits.killSeconds, () => signalGroup(this.#child, 'SIGKILL'));
  }

  /** False when the output has passed a limit, which ends the run. */
  #guarded(read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      this.#end(this.#failure('internal', (error as Error).message), 'SIGKILL');
      return false;
    }
  }

  #poll(reports: ReportFile): { stop(): Promise<void> } {
    let reading: Promise<void> | undefined;
    let broken = false;
    const read = (): Promise<void> => {
      reading ??= reports
        .read()
        .catch((error: Error) => {
          broken = true;
          this.#end(this.#failure('internal', error.message), 'SIGKILL');
        })
        .finally(() => {
          reading = undefined;
        });
      return reading;
    };
    const timer = setInterval(() => void (broken || read()), pollMs);
    return {
      stop: async () => {
        clearInterval(timer);
        await reading;
        if (!broken) await read();
      },
    };
  }

  async #clearUp(): Promise<void> {
    signalGroup(this.#child, 'SIGKILL');
    await endProcessesOf(this.call.folder);
  }

  #failure(type: FailureClass, message: string, saidByTrainer = false): TrainerOutcome {
    return { type: 'failed', class: type, message, stderrTail: '', saidByTrainer };
  }

  #after(seconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, Math.min(seconds * 1000, 2 ** 31 - 1)));
  }
}

function startGuard({ entry, assignmentPath, folder, environment }: TrainerCall, killSeconds: number): ChildProcess {
  const call: GuardCall = {
    command: commandFor(entry, { assignmentPath, folder }),
    environment,
    workingDirectory: entry.workingDirectory ?? folder,
    runFolder: folder,
    killSeconds,
  };
  return spawn(process.execPath, [builtProgram('trainer-guard.js')], {
    cwd: folder,
    // The guard is a program of ours: what an entry sets for its own program must not change it.
    env: { ...trainerEnvironment(process.env), [guardVariable]: JSON.stringify(call), [runFolderVariable]: folder },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    shell: false,
    windowsHide: true,
  });
}

function limitsOf({ entry, limits }: TrainerCall): TrainerLimits {
  return {
    ...limits,
    lineBytes: entry.lineBytes ?? limits.lineBytes,
    totalBytes: entry.outputBytes ?? limits.totalBytes,
    killSeconds: entry.killSeconds ?? limits.killSeconds,
  };
}

/** The whole group: a trainer may have started processes of its own. A group that is gone already is no error. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') child.kill(signal);
  }
}
