import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const loader = new URL('../typescript-loader.mjs', import.meta.url).href;

/** A child process that tells what happens in it, one line at a time, on its standard output. */
export class Program {
  readonly lines: string[] = [];
  errors = '';
  private readonly listeners = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const listener of this.listeners) listener();
    });
    child.stderr!.on('data', (chunk) => {
      this.errors += chunk;
    });
    child.once('exit', () => {
      for (const listener of this.listeners) listener();
    });
  }

  /** Resolves with the first line, past or coming, that contains `text`. */
  async line(text: string, milliseconds = 30_000): Promise<string> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = this.lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      const ended = this.child.exitCode ?? this.child.signalCode;
      if (ended !== null || Date.now() > deadline) {
        const what = ended === null ? `did not say "${text}"` : `ended (${ended}) without "${text}"`;
        throw new Error(`the program ${what}.\n${this.lines.join('\n')}\n${this.errors}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Math.max(1, deadline - Date.now()));
        const { listeners } = this;
        function done() {
          clearTimeout(timer);
          listeners.delete(done);
          resolve();
        }
        listeners.add(done);
      });
    }
  }

  /** Sends the signal and waits for the end; the signal or code it ended with. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode ?? this.child.signalCode;
  }
}

/** Runs a TypeScript program from the sources in a process of its own. Whoever calls this ends it. */
export function spawnProgram(
  program: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  account: { uid?: number; gid?: number } = {},
): Program {
  const child = spawn(process.execPath, ['--conditions=source', '--import', loader, fileURLToPath(program), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
  return new Program(child);
}
