import { main } from '../src/main.js';

/** Runs one command line in this process and collects what it wrote. */
export async function runMain(args: string[], environment: Record<string, string> = {}) {
  const collected = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const writes = streams.map((name) => process[name].write);
  const before = { ...process.env };
  const exitCode = process.exitCode;
  Object.assign(process.env, environment);
  for (const name of streams) {
    process[name].write = ((chunk: string | Uint8Array) => {
      collected[name] += String(chunk);
      return true;
    }) as typeof process.stdout.write;
  }
  try {
    process.exitCode = undefined;
    const code = await main(args);
    return { code, ...collected };
  } finally {
    for (const [index, name] of streams.entries()) process[name].write = writes[index] as typeof process.stdout.write;
    process.env = before;
    process.exitCode = exitCode;
  }
}
