import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const prefix = 'cuvee-test-';

/** Each run of the tests has a folder of its own, named after its main process. */
export function nameStackFolder(): string {
  return join(tmpdir(), `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Ends the server of a folder, without saving anything, and removes the folder. */
export async function removeStackFolder(folder: string): Promise<void> {
  const data = join(folder, 'postgres');
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0) {
    signal(pid, 'SIGQUIT');
    for (let waited = 0; waited < 5_000 && signal(pid, 0); waited += 20) await delay(20);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Removes what killed test runs left. */
export async function removeForgottenFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !signal(Number(pid), 0))
      await removeStackFolder(join(tmpdir(), name)).catch(() => undefined);
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
