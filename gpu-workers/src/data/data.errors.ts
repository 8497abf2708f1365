/** The assignment's data cannot be trained on: no retry will help. */
export class DataError extends Error {
  override name = 'DataError';
}

/** The assignment itself cannot be used. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}
