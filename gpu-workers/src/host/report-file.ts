import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The file in a run's folder that a program appends its messages to, where it does not print them. */
export const reportFileName = 'reports.jsonl';

/**
 * Follows a file that another program, or a machine that shares the disk, appends to. It may appear late; a line may
 * come in parts. A file that became shorter, or was replaced by another, is read from its beginning. Polled: a shared
 * disk tells nobody of changes made elsewhere.
 */
export class ReportFile {
  #offset = 0;
  #inode: bigint | undefined;

  /** @param take gets what was appended; what it throws ends the reading */
  constructor(
    private readonly path: string,
    private readonly take: (chunk: Buffer) => void,
  ) {}

  /** Takes what has been appended since. */
  async read(): Promise<void> {
    let file: FileHandle;
    try {
      // A named pipe in its place would block, a link would lead elsewhere.
      file = await open(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    try {
      const { ino, size, isFile } = await statOf(file);
      if (!isFile) throw new Error(`${reportFileName} is no file`);
      if (ino !== this.#inode || size < this.#offset) this.#offset = 0;
      this.#inode = ino;
      await this.#readFrom(file);
    } finally {
      await file.close();
    }
  }

  async #readFrom(file: FileHandle): Promise<void> {
    const buffer = Buffer.allocUnsafe(1 << 16);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      this.take(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  }
}

async function statOf(file: FileHandle) {
  const stat = await file.stat({ bigint: true });
  return { ino: stat.ino, size: Number(stat.size), isFile: stat.isFile() };
}
