/** Codes of the network, of PostgreSQL (class 08, shutting down, too many connections) and of Prisma. */
const codes =
  /^(ECONN(REFUSED|RESET)|ENOTFOUND|ETIMEDOUT|EPIPE|08\w{3}|57P0[1-3]|53300|P1001|P1002|P1008|P1017|P2024|P2028)$/;

/** True when an error, or whatever caused it, says that the database could not be reached. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth += 1) {
    const { code, errors } = cause as Error & { code?: unknown; errors?: unknown };
    if (typeof code === 'string' && codes.test(code)) return true;
    if (Array.isArray(errors) && errors.some(isUnavailable)) return true;
    if (
      /timeout exceeded when trying to connect|Connection terminated|Can't reach database server/.test(cause.message)
    ) {
      return true;
    }
  }
  return false;
}
