/** Keeps what was used last, as far as a number of bytes allows: the one used longest ago goes first. */
export class RecentlyUsed<T> {
  /** The one used last stands last. */
  private readonly kept = new Map<string, { readonly value: T; readonly bytes: number }>();
  private bytes = 0;

  constructor(private readonly most: number) {}

  find(key: string): T | undefined {
    const found = this.kept.get(key);
    if (!found) return undefined;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.value;
  }

  /** The one just added stays, however large it is: a question is being asked of it. */
  add(key: string, value: T, bytes: number): void {
    this.forget(key);
    this.kept.set(key, { value, bytes });
    this.bytes += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.most || oldest === key) return;
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    this.bytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }
}
