import { Logger } from '@nestjs/common';
import { checkRedis } from '#libs/queue';
import { findStack } from '#libs/stack';
import { createStore } from '#libs/store';
import { ApiClient } from '../client/api-client.js';
import { describeError } from '../print-error.js';
import { type Check, ok, problem, warning } from './check.js';

/** Where a worker here would take its runs from. */
export async function checkQueue(environment: NodeJS.ProcessEnv, home: string): Promise<Check> {
  const subject = 'queue';
  const { REDIS_URL, DATABASE_URL, CUVEE_PULL_URL } = environment;
  if (CUVEE_PULL_URL && URL.canParse(CUVEE_PULL_URL)) {
    return { ...(await checkApi(CUVEE_PULL_URL.replace(/\/+$/, ''))), subject };
  }
  if (REDIS_URL) {
    try {
      const said = await withoutLog(() => checkRedis(REDIS_URL));
      return said.length === 0 ? ok(subject, 'Redis answers') : warning(subject, said.join(' '));
    } catch (error) {
      return problem(subject, describeError(error));
    }
  }
  const databaseUrl = DATABASE_URL || (await findStack(home))?.databaseUrl;
  if (databaseUrl === undefined) {
    return warning(subject, 'none: set REDIS_URL, run "cuvee up", or start a worker that asks the API for its runs');
  }
  const { store, close } = createStore({ databaseUrl });
  try {
    await store.ping();
    return ok(subject, `${DATABASE_URL ? 'PostgreSQL' : 'the PostgreSQL of "cuvee up"'} answers`);
  } catch (error) {
    return problem(subject, `PostgreSQL does not answer: ${describeError(error)}`);
  } finally {
    await close();
  }
}

/** What the check logs, instead of in the log. */
async function withoutLog(check: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const silent = () => undefined;
  Logger.overrideLogger({ log: silent, error: silent, warn: (message: unknown) => void said.push(String(message)) });
  await check();
  return said;
}

export async function checkApi(url: string): Promise<Check> {
  try {
    const workers = await new ApiClient(url).workers();
    const there = workers.filter(({ state }) => state === 'active' || state === 'broken').length;
    return ok(
      'API',
      `${url} answers; ${there === 0 ? 'no worker' : there === 1 ? '1 worker' : `${there} workers`} there`,
    );
  } catch (error) {
    return problem('API', describeError(error));
  }
}
