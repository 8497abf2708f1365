import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readlink, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Account, canEnter, chooseAccount } from './account.js';
import { isAlive } from './process-table.js';
import { StackError } from './stack.errors.js';

/** Where the data of a stack started by root go when the server's account cannot enter the user's own folder. */
const lastingFolder = '/var/lib/cuvee';

/** What lies in a temporary folder stays among temporary things. */
function outsideOf(home: string): string {
  const temporary = realpathSync(tmpdir());
  return home.startsWith(`${temporary}/`) ? join(temporary, 'cuvee-data') : lastingFolder;
}

export interface ClusterFolder {
  account: Account;
  /** The data folder: `<folder>/postgres`, or what that link points to; null when there is none yet. */
  data: string | null;
  /** A folder that the account can enter: for data in the making and copies of the programs. */
  workspace(): Promise<string>;
  /** Puts a finished data folder in its place and says where; the other's place when another process was first. */
  publish(finished: string): Promise<string>;
}

/**
 * Decides where the data lie and whom the server runs as. They lie in `<folder>/postgres`; where the server's account
 * cannot enter root's folder (a project below /root), that is a link to a folder outside.
 */
export async function openClusterFolder(folder: string): Promise<ClusterFolder> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  const home = await realpath(folder);
  const place = join(home, 'postgres');
  const locate = async () => {
    const present = await lstat(place).catch(() => null);
    if (!present?.isSymbolicLink()) return present ? place : null;
    const target = resolve(home, await readlink(place));
    if (await stat(target).catch(() => null)) return target;
    throw new StackError('start', `${place} links to ${target}, which is gone. Remove the link to start without data.`);
  };
  const data = await locate();
  const account = await chooseAccount(data ? [data, home] : [home]);
  // The umask may have closed to others what was made for the server's account.
  if (made !== undefined && account.uid !== undefined) await chmod(home, 0o755);

  const inPlace = await canEnter(account, home);
  const workspace = async () => (inPlace ? home : openOutside(outsideOf(home), account));
  const publish = async (finished: string) => {
    try {
      if (inPlace) {
        await rename(finished, place);
      } else {
        const target = join(outsideOf(home), `data-${randomBytes(6).toString('hex')}`);
        await rename(finished, target);
        await symlink(target, place);
      }
      return (await locate()) ?? place;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      const theirs = ['EEXIST', 'ENOTEMPTY', 'EPERM'].includes(code) ? await locate() : null;
      if (theirs === null) throw error;
      return theirs;
    }
  };
  return { account, data, workspace, publish };
}

async function openOutside(folder: string, account: Account): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  // In a place where anybody may write, another user could have made the folder before us.
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === 0 && (await canEnter(account, folder))) return folder;
  throw new StackError(
    'not-allowed',
    `The server's account (uid ${account.uid}) can enter neither the folder nor ${folder}. ` +
      'Choose a folder it can enter, start Cuvée as an ordinary user, or set DATABASE_URL.',
  );
}

/** A name for something in the making: it shows who makes it, so that what a killed process left is found. */
export function unfinishedName(folder: string, name: string): string {
  return join(folder, `${name}.unfinished-${process.pid}-${randomBytes(6).toString('hex')}`);
}

/** Removes what killed processes were making in `folder`. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /\.unfinished-(\d+)-/.exec(name)?.[1];
    // A server that the dead process had started may still write its last bytes: removing is tried again.
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
