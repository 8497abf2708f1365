import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { endProcessesOf } from './run-processes.js';

/** A killed worker's programs get this long between SIGTERM and SIGKILL. */
const abandonedGraceSeconds = 10;

/**
 * A fresh, empty folder for one attempt. Its name holds nothing that came over the queue; it holds this machine, this
 * process and when it started: several machines may share the disk, and a container's first process always has the
 * same number.
 */
export async function makeRunFolder(workDir: string): Promise<string> {
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const prefix = `run-${process.pid}-${startOf(process.pid)}-${machine()}-`;
  return mkdtemp(join(await realpath(workDir), prefix));
}

/**
 * Ends the programs and removes the folders of workers of this machine which were killed. Resolves with how many
 * processes were left.
 */
export async function removeAbandonedFolders(workDir: string, graceSeconds = abandonedGraceSeconds): Promise<number> {
  const names = await readdir(workDir).catch(() => []);
  let ended = 0;
  for (const name of names) {
    const [, pid, start, host] = /^run-(\d+)-(\d+)-(.*)-[^-]{6}$/.exec(name) ?? [];
    if (pid === undefined || host !== machine() || startOf(Number(pid)) === start) continue;
    const folder = join(await realpath(workDir), name);
    ended += await endProcessesOf(folder, graceSeconds);
    await rm(folder, { recursive: true, force: true });
  }
  return ended;
}

function machine(): string {
  return hostname()
    .replaceAll(/[^A-Za-z0-9]/g, '_')
    .slice(0, 60);
}

/**
 * When a process started, in clock ticks since the machine did, from /proc/<pid>/stat; '0' for a living one where there
 * is no /proc, undefined for none.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold spaces and brackets of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended and that nobody has waited for is as good as gone.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return process.platform !== 'linux' && isAlive(pid) ? '0' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
