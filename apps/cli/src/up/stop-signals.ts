export interface StopSignals {
  /** Whether the first signal has come. */
  asked(): boolean;
  /** Resolves with the first signal that asks to stop. */
  first: Promise<NodeJS.Signals>;
  /** Resolves when a person asks again, because stopping takes too long. */
  second: Promise<NodeJS.Signals>;
  dispose(): void;
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * One Ctrl-C can arrive twice: the terminal sends it to the whole foreground group, and npm sends it on to its child.
 * So a signal within `echoMs` of the first one is the same request; a later one is a second.
 */
export function listenForStop(echoMs = 1000): StopSignals {
  let firstAt: number | null = null;
  let resolveFirst: (signal: NodeJS.Signals) => void = () => {};
  let resolveSecond: (signal: NodeJS.Signals) => void = () => {};
  const first = new Promise<NodeJS.Signals>((resolve) => {
    resolveFirst = resolve;
  });
  const second = new Promise<NodeJS.Signals>((resolve) => {
    resolveSecond = resolve;
  });
  const heard = (signal: NodeJS.Signals) => {
    if (firstAt === null) {
      firstAt = Date.now();
      resolveFirst(signal);
    } else if (Date.now() - firstAt > echoMs) resolveSecond(signal);
  };
  for (const signal of signals) process.on(signal, heard);
  return {
    asked: () => firstAt !== null,
    first,
    second,
    dispose() {
      for (const signal of signals) process.removeListener(signal, heard);
    },
  };
}
