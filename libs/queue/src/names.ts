import type { AttemptKey } from '#libs/sweeps';

export const runQueueName = 'cuvee-runs';
export const fitQueueName = 'cuvee-fits';
export const reportQueueName = 'cuvee-reports';

/**
 * One attempt, one job: as long as BullMQ remembers a job it ignores another with the same id. The attempt's number is
 * a part, so that a retry is a new job however long the old one is remembered.
 */
export function runJobId({ runId, attempt }: AttemptKey): string {
  return `run-${runId}-a${attempt}`;
}
