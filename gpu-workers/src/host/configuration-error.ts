/** The worker cannot start with what it was given. The message names the setting and shows nothing that may be secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
