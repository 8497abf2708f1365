import type { SingleBar } from 'cli-progress';
import type { Progress } from '#libs/contracts';
import { formatDuration } from './numbers.js';

export interface ProgressLine {
  show(state: string, progress: Progress): void;
  /** Text that stays, above what is shown next. */
  note(text: string): void;
  stop(): void;
}

/** A bar with the time left on a terminal; on anything else a plain line whenever another run has finished. */
export async function openProgressLine(stream: NodeJS.WriteStream = process.stderr): Promise<ProgressLine> {
  return stream.isTTY ? barLine(stream) : plainLines(stream);
}

async function barLine(stream: NodeJS.WriteStream): Promise<ProgressLine> {
  const { default: progressBars } = await import('cli-progress');
  const bar: SingleBar = new progressBars.SingleBar(
    { format: '{bar} {percentage}% · {summary}', barsize: 28, hideCursor: true, stream, linewrap: false },
    progressBars.Presets.shades_classic,
  );
  let started = false;
  return {
    show(state, progress) {
      const payload = { summary: summarise(state, progress) };
      const value = Math.min(1000, Math.round(progress.fraction * 1000));
      if (started) bar.update(value, payload);
      else bar.start(1000, value, payload);
      started = true;
    },
    note(text) {
      if (started) bar.stop();
      started = false;
      stream.write(`${text}\n`);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function plainLines(stream: NodeJS.WriteStream): ProgressLine {
  let last = '';
  return {
    show(state, progress) {
      const key = `${state} ${progress.finished}`;
      if (key === last) return;
      last = key;
      stream.write(`${Math.round(progress.fraction * 100)}% · ${summarise(state, progress)}\n`);
    },
    note(text) {
      stream.write(`${text}\n`);
    },
    stop() {},
  };
}

/** For example "12/44 runs · running · 1 diverged · 1 min 20 s left". */
export function summarise(state: string, progress: Progress): string {
  const stopped = progress.runs.censored ? [`${progress.runs.censored} stopped early`] : [];
  const lost = (['diverged', 'failed', 'cancelled'] as const)
    .filter((name) => (progress.runs[name] ?? 0) > 0)
    .map((name) => `${progress.runs[name]} ${name}`);
  const done = state === 'completed' || state === 'failed' || state === 'cancelled';
  const time = done
    ? `took ${formatDuration(progress.secondsElapsed)}`
    : progress.secondsLeft === null
      ? 'time left not known yet'
      : `${formatDuration(progress.secondsLeft)} left`;
  return [`${progress.finished}/${progress.total} runs`, state, ...stopped, ...lost, time].join(' · ');
}
