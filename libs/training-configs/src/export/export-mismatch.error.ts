/** An exported file did not parse back to the proposal: a fault of this library, never of the caller. */
export class ExportMismatchError extends Error {
  readonly code = 'EXPORT_MISMATCH';
  readonly severity = 'internal';

  constructor(message: string) {
    super(message);
    this.name = 'ExportMismatchError';
  }
}
