export const BACKGROUND_OPTIONS = Symbol('BackgroundOptions');

export interface BackgroundOptions {
  /** Without a heartbeat for this long, a run is taken from its worker. */
  leaseSeconds: number;
  /** Runs queued or running at most; the others wait in Postgres. */
  window: number;
}
