import { type ChildProcess, spawn } from 'node:child_process';
import { type FailureClass, type TrainerMessage, trainerMessageSchema } from '#libs/contracts';
import { LineSplitter } from './line-splitter.js';
import { OutputTail } from './output-tail.js';
import type { TrainerEntry } from './trainer-manifest.js';

export interface TrainerLimits {
  lineBytes: number;
  totalBytes: number;
  /** Lines which are no message of the protocol: libraries print banners; a stream of them is a broken trainer. */
  garbageLines: number;
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
  | Extract<TrainerMessage, { type: 'result' } | { type: 'diverged' }>
  | { type: 'failed'; class: FailureClass; message: string; stderrTail: string; saidByTrainer: boolean }
  | { type: 'stopped' };

export interface TrainerCall {
  entry: TrainerEntry;
  assignmentPath: string;
  folder: string;
  environment: NodeJS.ProcessEnv;
  limits: TrainerLimits;
  /** Ends the trainer; the outcome is then `stopped`, unless the trainer had said its result before. */
  stop: AbortSignal;
  onMessage(message: Extract<TrainerMessage, { type: 'backend' } | { type: 'progress' }>): void;
}

/**
 * Runs one trainer program to its end, in a process group of its own, and never throws. The child's standard input is a
 * pipe which is held open: when this process dies, even by SIGKILL, the child reads its end and exits by itself. Every
 * process of the group is gone when the promise resolves.
 */
export function runTrainer(call: TrainerCall): Promise<TrainerOutcome> {
  const { entry, limits } = call;
  return new Promise((resolve) => {
    if (call.stop.aborted) return resolve({ type: 'stopped' });
    const child = spawn(process.execPath, [entry.script, ...(entry.arguments ?? []), call.assignmentPath], {
      cwd: call.folder,
      env: call.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      shell: false,
      windowsHide: true,
    });
    const stderr = new OutputTail(8000);
    const splitter = new LineSplitter(limits);
    const timers: NodeJS.Timeout[] = [];
    let final: TrainerOutcome | undefined;
    let garbage = 0;

    const failure = (type: FailureClass, message: string, saidByTrainer = false): TrainerOutcome => ({
      type: 'failed',
      class: type,
      message,
      stderrTail: stderr.text(),
      saidByTrainer,
    });
    const end = (outcome: TrainerOutcome, signal: NodeJS.Signals): void => {
      final ??= outcome;
      signalGroup(child, signal);
      timers.push(setTimeout(() => signalGroup(child, 'SIGKILL'), limits.killSeconds * 1000));
    };
    const onStop = (): void => end({ type: 'stopped' }, 'SIGTERM');
    call.stop.addEventListener('abort', onStop, { once: true });
    timers.push(
      setTimeout(
        () => end(failure('timeout', `longer than the ${entry.wallTimeSeconds} s this worker allows`), 'SIGTERM'),
        Math.min(entry.wallTimeSeconds * 1000, 2 ** 31 - 1),
      ),
    );

    const take = (line: string): void => {
      if (final !== undefined || line.trim() === '') return;
      const message = parse(line);
      if (message === null) {
        garbage += 1;
        if (garbage > limits.garbageLines) {
          end(failure('internal', `more than ${limits.garbageLines} lines of output were no messages`), 'SIGKILL');
        }
      } else if (message.type === 'backend' || message.type === 'progress') {
        call.onMessage(message);
      } else {
        final = message.type === 'error' ? failure(message.class, message.message, true) : message;
        timers.push(setTimeout(() => signalGroup(child, 'SIGKILL'), limits.killSeconds * 1000));
      }
    };

    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (chunk: Buffer) => {
      try {
        for (const line of splitter.push(chunk)) take(line);
      } catch (error) {
        end(failure('internal', (error as Error).message), 'SIGKILL');
        child.stdout?.destroy();
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', (error) => {
      if (child.pid === undefined)
        finish(failure('infrastructure', `the trainer could not be started: ${error.message}`));
    });
    // A process which the trainer left behind may hold its output open: the group is ended first, then the pipes close.
    child.once('exit', () => signalGroup(child, 'SIGKILL'));
    child.once('close', (code, signal) => {
      for (const line of splitter.end()) take(line);
      finish(final ?? exitFailure(code, signal, stderr.text(), garbage, failure));
    });

    const finish = (outcome: TrainerOutcome): void => {
      call.stop.removeEventListener('abort', onStop);
      for (const timer of timers) clearTimeout(timer);
      child.stdin?.destroy();
      resolve(outcome.type === 'failed' ? { ...outcome, stderrTail: stderr.text() } : outcome);
    };
  });
}

function parse(line: string): TrainerMessage | null {
  try {
    return trainerMessageSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function exitFailure(
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
  garbage: number,
  failure: (type: FailureClass, message: string) => TrainerOutcome,
): TrainerOutcome {
  const ignored = garbage === 0 ? '' : `; ${garbage} lines of output were no messages`;
  if (signal === 'SIGKILL' || code === 137) {
    return failure(
      'out-of-memory',
      `killed by SIGKILL without a result: the machine may have run out of memory${ignored}`,
    );
  }
  if (/heap out of memory|Cannot allocate memory|bad_alloc/.test(stderr)) {
    return failure('out-of-memory', `ran out of memory (${signal ?? `exit code ${code}`})${ignored}`);
  }
  return failure('internal', `ended without a result (${signal ?? `exit code ${code}`})${ignored}`);
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
