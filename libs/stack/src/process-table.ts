import { execFile } from 'node:child_process';
import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process is the PostgreSQL server of this data folder. Ids are used again, in containers within seconds,
 * and PostgreSQL refuses to start while any process of its user has the id in its pid file. A server's working folder
 * is its data folder; where the system does not show that, its name decides.
 */
export async function isServerOf(data: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') {
    const [cwd, program] = await Promise.all(
      ['cwd', 'exe'].map((link) => readlink(`/proc/${pid}/${link}`).catch(() => null)),
    );
    if (cwd && program) return cwd === data && basename(program).startsWith('postgres');
  }
  if (process.platform === 'win32') return true;
  const { stdout } = await execute('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({ stdout: '' }));
  return basename(stdout.trim()).startsWith('postgres');
}
