import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const at = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'host-death-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a trainer ends by itself when its worker is killed with SIGKILL', async () => {
  const assignmentPath = join(folder, 'assignment.json');
  writeFileSync(assignmentPath, JSON.stringify({ domains: [] }));
  const entry = { script: at('fixtures/fake-trainer.mjs'), arguments: ['writePid'], wallTimeSeconds: 60 };
  const host = spawn(
    process.execPath,
    [at('fixtures/host-process.mjs'), at('../../..'), JSON.stringify(entry), assignmentPath, folder],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const pidFile = join(folder, 'pid');
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  const trainer = Number(readFileSync(pidFile, 'utf8'));
  expect(isAlive(trainer)).toBe(true);
  host.kill('SIGKILL');
  await until(() => !isAlive(trainer));
  expect(isAlive(trainer)).toBe(false);
});

/** A process which has ended and which nobody has waited for yet still has an id: it counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}
