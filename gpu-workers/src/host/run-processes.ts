import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runFolderVariable } from './trainer-environment.js';

/** How long a killed process may take to be gone: one that waits for a broken disk cannot be ended at all. */
const patienceMs = 5000;

/**
 * Ends every process of a run: those that left its process group, and those whose worker died, still carry the run's
 * folder in their environment, and a folder's name is never used twice. SIGTERM first, where `graceSeconds` is above 0.
 * Resolves with how many there were. Without /proc (not Linux) it finds none. A program that replaces its environment
 * and leaves the group escapes.
 */
export async function endProcessesOf(runFolder: string, graceSeconds = 0): Promise<number> {
  const ended = new Set<number>();
  const kindUntil = performance.now() + graceSeconds * 1000;
  const until = kindUntil + patienceMs;
  let told = false;
  for (;;) {
    const pids = await processesOf(runFolder);
    if (pids.length === 0 || performance.now() > until) return ended.size;
    const kind = performance.now() < kindUntil;
    for (const pid of pids) {
      ended.add(pid);
      if (!kind) signalTree(pid, 'SIGKILL');
      else if (!told) signalTree(pid, 'SIGTERM');
    }
    told = true;
    await delay(20);
  }
}

async function processesOf(runFolder: string): Promise<number[]> {
  const mark = `${runFolderVariable}=${runFolder}`;
  const names = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    // Those of other users cannot be read, and are none of ours.
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (environment.split('\0').includes(mark)) found.push(Number(name));
  }
  return found;
}

/** The process, and where it leads a group all of that. */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // Gone, or no leader.
    }
  }
}
