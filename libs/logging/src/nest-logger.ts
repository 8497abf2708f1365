import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Parts of Nest that list every route and module at each start. */
const chatty = ['InstanceLoader', 'RouterExplorer', 'RoutesResolver'];

/**
 * Nest calls `log(message, context)`, and `error(message, stack, context)` where stack may be missing. The last string
 * is the context; an object before it becomes fields of the line (an error goes under `err`), anything else `details`.
 */
export function nestLogger(logger: Logger): LoggerService {
  const write =
    (level: Level) =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = typeof rest.at(-1) === 'string' ? (rest.pop() as string) : undefined;
      const fields: Record<string, unknown> = context === undefined ? {} : { context };
      for (const part of rest) {
        if (part instanceof Error) fields.err = part;
        else if (typeof part === 'object' && part !== null) Object.assign(fields, part);
        else if (part !== undefined) fields.details = part;
      }
      const used = level === 'info' && context !== undefined && chatty.includes(context) ? 'debug' : level;
      if (message instanceof Error) logger[used]({ ...fields, err: message }, message.message);
      else logger[used](fields, typeof message === 'string' ? message : JSON.stringify(message));
    };
  return {
    fatal: write('fatal'),
    error: write('error'),
    warn: write('warn'),
    log: write('info'),
    debug: write('debug'),
    verbose: write('trace'),
  };
}
