import { type TrainerMessage, toJsonFloat } from '#libs/contracts';

/** One message as one line of JSON; non-finite numbers travel as strings, never as null. */
export function encodeMessage(message: TrainerMessage): string {
  return JSON.stringify(message, (_, value) => (typeof value === 'number' ? toJsonFloat(value) : value));
}
