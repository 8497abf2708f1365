/** The assignment's data cannot be trained on: no retry will help. */
export class DataError extends Error {
  override name = 'DataError';
}
