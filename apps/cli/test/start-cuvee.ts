import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

/** The built program, as a person starts it. */
export const launcher = fileURLToPath(new URL('../bin/cuvee.js', import.meta.url));

/** This process' environment without what would change where and how the program runs. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CUVEE_|DATABASE_URL$|REDIS_URL$|VITEST|NODE_ENV)/.test(name)),
);

export interface Running {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** In a process group of its own, as a shell starts a foreground job. */
export function startCuvee(args: string[], more: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...environment, ...more },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return { child, output: () => output, ended: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}

/** The address in the banner, once it is there. */
export async function untilUp({ output }: Running): Promise<string> {
  return vi.waitFor(
    () => {
      const url = /API +(http:\S+)\/v1/.exec(output())?.[1];
      if (!url) throw new Error(`not up: ${output()}`);
      return url;
    },
    { timeout: 60_000, interval: 100 },
  );
}

/** Ctrl-C: the terminal sends it to every process of the foreground group. */
export function pressCtrlC({ child }: Running): void {
  process.kill(-(child.pid ?? 0), 'SIGINT');
}

/** Living processes whose command line names this home folder: up itself, workers, trainers, the database server. */
export function processesOn(home: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command.includes(home) ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });
}

export function killAll(home: string): void {
  for (const { pid } of processesOn(home)) process.kill(pid, 'SIGKILL');
}

/** Two domains of generated text below `home`/data/mine: one of words, one of numbers. */
export function writeText(home: string): void {
  const folder = join(home, 'data', 'mine');
  mkdirSync(folder, { recursive: true });
  const words = 'the quick brown fox jumps over the lazy dog while rain falls on the old stone bridge'.split(' ');
  let state = 1;
  const next = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % limit;
  };
  const documents = (sentence: () => string) =>
    Array.from({ length: 80 }, () => JSON.stringify({ text: Array.from({ length: 12 }, sentence).join(' ') })).join(
      '\n',
    );
  writeFileSync(
    join(folder, 'words.jsonl'),
    documents(() => words[next(words.length)] ?? ''),
  );
  writeFileSync(
    join(folder, 'numbers.jsonl'),
    documents(() => String(next(100_000))),
  );
}

/** A proxy as small as it gets. */
export const tinyTrainer = {
  name: 'transformer',
  parameters: { layers: 1, width: 8, heads: 1, contextLength: 16, batchSize: 2, warmupSteps: 2, evaluationTokens: 64 },
};
