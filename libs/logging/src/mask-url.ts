/** A connection string for people: user name, password and query are left out. */
export function maskUrl(url: string): string {
  try {
    const { protocol, host, pathname, username } = new URL(url);
    return `${protocol}//${username === '' ? '' : '***@'}${host}${pathname}`;
  } catch {
    return '***';
  }
}
