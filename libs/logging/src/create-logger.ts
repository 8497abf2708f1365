import { type Logger, pino } from 'pino';
import { maskUrl } from './mask-url.js';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const connectionString = /\b(?:postgres(?:ql)?|rediss?):\/\/[^\s"'`]+/g;

/**
 * JSON lines on standard error or at the end of a file, written at once so that a line logged just before the process ends is not lost.
 * Connection strings in messages and in errors are masked: drivers like to quote them.
 */
export function createLogger(level: LogLevel, name: string, file?: string): Logger {
  return pino(
    {
      level,
      name,
      redact: { paths: ['databaseUrl', 'redisUrl', 'password', '*.databaseUrl', '*.redisUrl', '*.password'] },
      hooks: {
        streamWrite: (line) => line.replace(connectionString, maskUrl),
      },
    },
    pino.destination({ dest: file ?? 2, sync: true, mkdir: true }),
  );
}
