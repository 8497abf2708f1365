/** What a worker tells its guard, in a variable and not on a command line, which every user of a machine can read. */
export interface GuardCall {
  command: readonly [program: string, ...args: string[]];
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
  runFolder: string;
  /** From the worker's death: SIGTERM at once, SIGKILL after this. */
  killSeconds: number;
}

export const guardVariable = 'CUVEE_GUARD';
