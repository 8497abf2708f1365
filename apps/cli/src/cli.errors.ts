/** Errors that a person can act on: printed as one line. `exitCode` follows the contract: 1 failed, 2 unusable input. */
export class CommandFailed extends Error {
  readonly exitCode: number = 1;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class UnusableInput extends CommandFailed {
  override readonly exitCode = 2;
}
