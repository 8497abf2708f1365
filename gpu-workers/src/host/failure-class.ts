import { constants } from 'node:os';
import type { FailureClass } from '#libs/contracts';

/** How a program ended that said neither a result nor an error. */
export interface ProgramExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It ended soon and without one message of the protocol. */
  atOnce: boolean;
  stderr: string;
  /** Lines of output that were no messages. */
  garbage: number;
}

export interface ClassifiedFailure {
  class: FailureClass;
  message: string;
  /** The program said so itself, by its exit code. */
  saidByTrainer: boolean;
}

/** Exit codes with a meaning, from sysexits.h. */
const codes: Readonly<Record<number, { class: FailureClass; what: string; saidByTrainer: boolean }>> = {
  65: { class: 'data', what: 'EX_DATAERR: it cannot use the data', saidByTrainer: true },
  75: { class: 'infrastructure', what: 'EX_TEMPFAIL: try again', saidByTrainer: false },
  78: { class: 'configuration', what: 'EX_CONFIG: it cannot use the parameters', saidByTrainer: true },
};

/** 126 and 127 are also what the guard ends with when the program cannot be started. */
const notStarted = new Set([126, 127]);

const outOfMemory =
  /out of memory|OutOfMemoryError|RESOURCE_EXHAUSTED|std::bad_alloc|Cannot allocate memory|can't allocate memory|\bMemoryError\b|STATUS_ALLOC_FAILED/i;

const machineAtFault =
  /No space left on device|ENOSPC|Input\/output error|Stale file handle|CUDA driver|CUDA initialization|no CUDA-capable device|devices are busy or unavailable|uncorrectable ECC|ECC error|GPU is lost|fallen off the bus|NVML|NCCL (error|failure|timeout)|ncclSystemError|ncclInternalError|ncclRemoteError/i;

/** The class decides whether and where a run is tried again; what a program printed is read here and nowhere else. */
export function classifyExit(exit: ProgramExit): ClassifiedFailure {
  const { stderr, garbage } = exit;
  const { code, signal } = asSignal(exit);
  const how = signal ?? `exit code ${code}`;
  const ignored = garbage === 0 ? '' : `; ${garbage} lines of output were no messages`;
  const lastLine = stderr.trimEnd().split('\n').at(-1)?.trim().slice(-300) ?? '';
  const said = lastLine === '' ? '' : `: ${lastLine}`;
  const because = (type: FailureClass, message: string, saidByTrainer = false): ClassifiedFailure => ({
    class: type,
    message,
    saidByTrainer,
  });

  const meaning = code === null ? undefined : codes[code];
  if (meaning)
    return because(meaning.class, `exit code ${code} (${meaning.what})${ignored}${said}`, meaning.saidByTrainer);
  if (signal === 'SIGKILL') {
    const message = `killed by SIGKILL without a result: the machine may have run out of memory${ignored}`;
    return because('out-of-memory', message);
  }
  if (outOfMemory.test(stderr)) return because('out-of-memory', `ran out of memory (${how})${ignored}${said}`);
  if (machineAtFault.test(stderr)) return because('infrastructure', `the machine failed it (${how})${ignored}${said}`);
  if (code !== null && notStarted.has(code)) return because('infrastructure', `could not be started (${how})${said}`);
  if (exit.atOnce && code !== 0) {
    return because('infrastructure', `ended before it said a word (${how})${ignored}${said}`);
  }
  return because('internal', `ended without a result (${how})${ignored}${said}`);
}

/** A shell, and the guard, say 128 + n for a program that signal n ended. */
function asSignal({ code, signal }: ProgramExit): { code: number | null; signal: NodeJS.Signals | null } {
  if (signal !== null || code === null || code <= 128) return { code, signal };
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return found ? { code: null, signal: found[0] as NodeJS.Signals } : { code, signal };
}
