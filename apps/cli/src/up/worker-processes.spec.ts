import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startWorkerProcesses, type WorkerProcesses } from './worker-processes.js';

let workers: WorkerProcesses | undefined;
afterEach(() => workers?.kill());

function start(script: string, options: { backOffMs?: number[]; graceMs?: number; count?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cuvee-workers-'));
  const file = join(folder, 'worker.mjs');
  writeFileSync(file, script);
  const warnings: string[] = [];
  workers = startWorkerProcesses({
    count: 1,
    command: [process.execPath, file],
    environment: process.env,
    logFolder: join(folder, 'logs'),
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { workers, warnings, log: () => readFileSync(workers?.logFiles[0] ?? '', 'utf8') };
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('startWorkerProcesses', () => {
  it('starts each worker in a process group of its own, with its output in a log', async () => {
    const { log } = start("console.log('hello'); setInterval(() => {}, 1000)");
    await vi.waitFor(() => expect(log()).toBe('hello\n'));
    const [pid] = workers?.pids() ?? [];
    const group = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2];
    expect(Number(group)).toBe(pid);
  });

  it('starts a worker again that was killed', async () => {
    const { warnings, log } = start('console.log(process.pid); setInterval(() => {}, 1000)', { backOffMs: [10] });
    await vi.waitFor(() => expect(log()).not.toBe(''));
    const [first] = workers?.pids() ?? [];
    process.kill(first ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(log().trim().split('\n')).toHaveLength(2));
    expect(workers?.pids()).not.toContain(first);
    expect(warnings).toEqual([
      expect.stringMatching(/^worker 1 ended \(SIGKILL\) and is started again; see .*worker-1\.log$/),
    ]);
  });

  it('gives a worker up that keeps dying, and says so once', async () => {
    const { warnings } = start('process.exit(3)', { backOffMs: [1, 1] });
    await vi.waitFor(() => expect(warnings.at(-1)).toContain('3 times in a row (code 3) and is not started again'));
    expect(warnings).toHaveLength(3);
    expect(workers?.pids()).toEqual([]);
  });

  it('asks workers to stop and waits for them; none is started again', async () => {
    const { log, warnings } = start(
      "process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit(0) }, 50)); console.log('up'); setInterval(() => {}, 1000)",
      { backOffMs: [1] },
    );
    await vi.waitFor(() => expect(log()).toBe('up\n'));
    const [pid] = workers?.pids() ?? [];
    await workers?.stop();
    expect(log()).toBe('up\nbye\n');
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('kills a worker that does not stop in time, and says so', async () => {
    const { log, warnings } = start("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)", {
      graceMs: 100,
    });
    await vi.waitFor(() => expect(log()).toBe('up\n'));
    await workers?.stop();
    expect(workers?.pids()).toEqual([]);
    expect(warnings).toEqual(['worker 1 did not stop within 0.1 s and was killed']);
  });

  it('reports a program that cannot be started, and gives it up', async () => {
    const warnings: string[] = [];
    workers = startWorkerProcesses({
      count: 1,
      command: ['/no/such/program'],
      environment: process.env,
      logFolder: mkdtempSync(join(tmpdir(), 'cuvee-workers-')),
      warn: (message) => warnings.push(message),
      backOffMs: [],
    });
    await vi.waitFor(() => expect(warnings[0]).toMatch(/worker 1 ended once .*ENOENT.* is not started again/));
  });
});
