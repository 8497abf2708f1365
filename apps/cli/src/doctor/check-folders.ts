import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../terminal/numbers.js';
import { type Check, ok, problem, warning } from './check.js';

/** The text of the domains. `named`: by the user, and not only where it would be by default. */
export async function checkData(folder: string, named: boolean): Promise<Check> {
  const subject = 'data';
  try {
    const entries = await readdir(folder);
    if (entries.length > 0) return ok(subject, `${folder} can be read`);
    return warning(subject, `${folder} is empty: the sources of every corpus must lie below it`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !named)
      return warning(subject, `${folder} is not there yet: it will hold the domains' text`);
    return problem(subject, `${folder} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`);
  }
}

const leastSpace = 100e6;
const scarceSpace = 2e9;

/** A folder that a worker makes and writes to, and the room there. */
export async function checkWritable(subject: string, folder: string): Promise<Check> {
  try {
    const there = await nearestFolder(folder);
    await access(there, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(there);
    const text = `${folder} can be written, ${formatBytes(bavail * bsize)} free`;
    if (bavail * bsize < leastSpace) return problem(subject, text);
    return bavail * bsize < scarceSpace ? warning(subject, text) : ok(subject, text);
  } catch (error) {
    return problem(subject, `${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The folder itself, or the one in which it would be made. */
async function nearestFolder(folder: string): Promise<string> {
  try {
    if ((await stat(folder)).isDirectory()) return folder;
    throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    return nearestFolder(dirname(folder));
  }
}
