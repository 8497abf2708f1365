import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isAlive } from '#libs/testing';
import { removeAbandonedFolders } from './work-folder.js';

const at = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

let folder: string;
let host: ChildProcess;
let pids: number[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-death-'));
  pids = [];
});
afterEach(() => {
  host.kill('SIGKILL');
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A worker's process with one run; resolves with the ids that its program wrote: its own, its children's, the guard's. */
async function startRun(): Promise<{ program: number; child: number; daemon: number; guard: number }> {
  const pidFile = join(folder, 'pids');
  const command = [process.execPath, at('fixtures/stubborn-program.mjs'), pidFile];
  const entry = JSON.stringify({ command, wallTimeSeconds: 60 });
  host = spawn(process.execPath, [at('fixtures/host-process.mjs'), at('../../..'), entry, join(folder, 'work')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await eventually(() => existsSync(pidFile));
  pids = readFileSync(pidFile, 'utf8').split(' ').map(Number);
  const [program = 0, child = 0, daemon = 0, guard = 0] = pids;
  expect(pids.map(isAlive)).toEqual([true, true, true, true]);
  return { program, child, daemon, guard };
}

describe.skipIf(!existsSync('/proc/self/environ'))('a program that ignores its input and every signal', () => {
  it('is gone with all it started soon after its worker is killed with SIGKILL', async () => {
    await startRun();
    host.kill('SIGKILL');
    await eventually(() => !pids.some(isAlive));
  });

  it('is gone when its guard is killed: the worker sees that and ends the rest', async () => {
    const { guard } = await startRun();
    process.kill(guard, 'SIGKILL');
    await eventually(() => !pids.some(isAlive));
  });

  it('is ended by the next worker of this machine when worker and guard were killed together', async () => {
    const { program, child, daemon, guard } = await startRun();
    process.kill(host.pid ?? 0, 'SIGSTOP');
    process.kill(guard, 'SIGKILL');
    host.kill('SIGKILL');
    await eventually(() => !isAlive(guard) && !isAlive(host.pid ?? 0));
    expect([program, child, daemon].map(isAlive)).toEqual([true, true, true]);
    expect(await removeAbandonedFolders(join(folder, 'work'), 0.2)).toBeGreaterThanOrEqual(3);
    expect([program, child, daemon].map(isAlive)).toEqual([false, false, false]);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  it('is left alone by another worker of this machine while its own lives', async () => {
    await startRun();
    expect(await removeAbandonedFolders(join(folder, 'work'), 0.2)).toBe(0);
    expect(pids.map(isAlive)).toEqual([true, true, true, true]);
    expect(readdirSync(join(folder, 'work'))).toHaveLength(1);
  });
});
