import type { SweepFailures } from '#libs/contracts';
import { countOf } from '../terminal/numbers.js';
import { wrapText } from '../terminal/wrap.js';

const longestMessage = 300;

/** Failed attempts by class: how many, the commonest message, and what to do. */
export function describeFailures(failures: SweepFailures['failures']): string {
  return failures
    .map(({ class: name, attempts, message, times, advice }) => {
      const often = attempts === 1 ? '' : times === attempts ? ' (each time)' : ` (${times} of ${attempts})`;
      const text = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
      return wrapText(`${countOf(attempts, 'attempt')} failed, ${name}: ${text}${often}\n${advice}`);
    })
    .join('\n');
}

/** What the service says of runs that nobody starts, and where to look. */
export function unstartedHint(unstarted: string): string {
  return `${unstarted}\nSee them with: cuvee workers. Start one with: cuvee worker`;
}
