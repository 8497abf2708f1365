/** Errors a caller can act on. `code` is stable; one filter in the API maps it to a problem document. */
export class SweepsError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly fields: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
    this.name = new.target.name;
  }
}

export class NotFound extends SweepsError {
  /** @param wayOut a sentence that says where those are that exist */
  constructor(what: string, id: string, wayOut?: string) {
    const detail = `There is no ${what} "${id}".${wayOut === undefined ? '' : ` ${wayOut}`}`;
    super(`${what.replaceAll(' ', '-')}-not-found`, 404, detail);
  }
}

export class InvalidField extends SweepsError {
  constructor(field: string, message: string, code = 'invalid-field') {
    super(code, 422, `${field}: ${message}`, [{ field, message }]);
  }
}

export class StateConflict extends SweepsError {
  constructor(message: string) {
    super('state-conflict', 409, message);
  }
}

/** A pull worker speaks for an attempt that is not, or no longer, its own: it ends the run without another word. */
export class LeaseStale extends SweepsError {
  constructor(leaseId: string, why: string) {
    super('lease-stale', 409, `Lease ${leaseId} is over: ${why}.`);
  }
}

export class IdempotencyConflict extends SweepsError {
  constructor(key: string) {
    super('idempotency-key-reused', 422, `Idempotency-Key "${key}" was used before with another body.`, [
      { field: 'Idempotency-Key', message: 'use a new key for a new request' },
    ]);
  }
}

/** Two requests with one key at the same moment: thrown inside the transaction that lost; the caller reads and replays. */
export class IdempotencyRace extends SweepsError {
  constructor(key: string) {
    super('idempotency-key-in-flight', 409, `A request with Idempotency-Key "${key}" is under way.`);
  }
}

/** The service stopped while a fit was under way: nothing is known about the fit, and it is asked for again. */
export class FitInterrupted extends SweepsError {
  constructor() {
    super('fit-interrupted', 503, 'The fit was interrupted because the service stops.');
  }
}

/** A fit that was cancelled, or claimed by somebody else, while it was under way here: what it finds is not kept. */
export class FitWithdrawn extends SweepsError {
  constructor() {
    super('fit-withdrawn', 409, 'The fit was cancelled.');
  }
}

/** Predictions and proposals need a fit that succeeded, and its models. */
export class FitNotReady extends SweepsError {
  constructor(fit: { id: string; state: string } | null) {
    const why =
      fit === null
        ? 'The sweep has not been fitted.'
        : fit.state === 'succeeded'
          ? `Fit ${fit.id} was made before models were kept; fit the sweep again.`
          : `Fit ${fit.id} is ${fit.state}.`;
    super('fit-not-ready', 409, why);
  }
}
