import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const warningLevel = 40; // pino's numbers: 40 warn, 50 error, 60 fatal

/** The message of a JSON log line at warning level or above; null for anything else. */
export function warningOf(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
    if (typeof entry.level !== 'number' || entry.level < warningLevel) return null;
    const detail = typeof entry.err?.message === 'string' ? entry.err.message : '';
    const message = typeof entry.msg === 'string' ? entry.msg : '';
    return [message, message.includes(detail) ? '' : detail].filter((part) => part !== '').join(': ') || null;
  } catch {
    return null;
  }
}

/**
 * Follows growing log files and passes on their warnings, for a person who watches the terminal and not the files.
 * What stood in a file before is left out; at most `limit` warnings a minute come through, the rest are counted.
 */
export function followWarnings(
  files: readonly { name: string; path: string }[],
  warn: (message: string) => void,
  { everyMs = 1000, limit = 10 } = {},
): { stop(): void } {
  const readers = files.map(({ name, path }) => ({ name, read: lineReader(path) }));
  let spent = 0;
  let left = 0;
  let windowStart = Date.now();
  const closeWindow = () => {
    if (left > 0) warn(`${left} more warnings stand in the logs`);
    spent = 0;
    left = 0;
    windowStart = Date.now();
  };
  const look = () => {
    if (Date.now() - windowStart >= 60_000) closeWindow();
    for (const { name, read } of readers) {
      for (const line of read()) {
        const message = warningOf(line);
        if (message === null) continue;
        spent += 1;
        if (spent <= limit) warn(`${name}: ${message}`);
        else left += 1;
      }
    }
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      look();
      closeWindow();
    },
  };
}

/** Each call returns the complete lines written since the last one. */
function lineReader(path: string): () => string[] {
  let offset = sizeOf(path);
  let rest = '';
  return () => {
    const size = sizeOf(path);
    if (size < offset) offset = 0; // the file was cut
    if (size === offset) return [];
    const buffer = Buffer.alloc(Math.min(size - offset, 1 << 20));
    const file = openSync(path, 'r');
    try {
      offset += readSync(file, buffer, 0, buffer.length, offset);
    } finally {
      closeSync(file);
    }
    const lines = (rest + buffer.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    return lines;
  };
}

function sizeOf(path: string): number {
  try {
    const file = openSync(path, 'r');
    try {
      return fstatSync(file).size;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0;
  }
}
