import { SweepsError } from '#libs/sweeps';

/** A request that the contracts refuse: every field at fault is named, with its value and what is allowed. */
export class InvalidRequest extends SweepsError {
  constructor(fields: readonly { field: string; message: string }[]) {
    super('invalid-request', 422, summary(fields), fields);
  }
}

export class MalformedHeader extends SweepsError {
  constructor(header: string, message: string) {
    super('invalid-header', 400, `${header}: ${message}`, [{ field: header, message }]);
  }
}

export class UnsupportedMedia extends SweepsError {
  constructor(given: string, allowed: readonly string[]) {
    const message = `must be ${allowed.join(' or ')}; got ${given === '' ? 'nothing' : `"${given}"`}`;
    super('unsupported-media-type', 415, `Content-Type: ${message}`, [{ field: 'Content-Type', message }]);
  }
}

/** As much of this is under way as this process takes on; the answer tells when to come back. */
export class TooBusy extends SweepsError {
  constructor() {
    super('too-busy', 503, 'As many such requests are under way as this service takes on. Try again shortly.');
  }
}

/** A request that would be answered too late for whoever waits. */
export class TooSlow extends SweepsError {
  constructor(seconds: number, instead: string) {
    super('too-slow', 422, `This was not done within ${seconds} s and was given up. ${instead}`);
  }
}

function summary(fields: readonly { field: string; message: string }[]): string {
  const [first, ...others] = fields;
  if (first === undefined) return 'The request cannot be used.';
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${first.field === '' ? 'the body' : first.field}: ${first.message}${more}`;
}
