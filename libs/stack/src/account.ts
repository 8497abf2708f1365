import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StackError } from './stack.errors.js';

const execute = promisify(execFile);

/** Whom the server runs as. Empty: as whoever runs this process. */
export interface Account {
  uid?: number;
  gid?: number;
}

const usualAccounts = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. Then the owner of what is there already is taken, else the owner of the folder
 * (a project of an ordinary user, started through sudo), else an account that every system has. It must have an entry
 * in the list of users, since initdb looks its name up.
 */
export async function chooseAccount(existing: readonly string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  for (const path of existing) {
    const owner = await lstat(path).catch(() => null);
    if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of usualAccounts) {
    const entry = users.split('\n').find((line) => line.startsWith(`${name}:`));
    const [, , uid, gid] = entry?.split(':') ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError(
    'no-account',
    'PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start Cuvée as an ordinary user, or set DATABASE_URL.',
  );
}

/** Whether the account can enter `folder`: asked of the system itself, since modes are not the whole story. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  if (account.uid === undefined) return true;
  return execute('/bin/sh', ['-c', 'cd "$0"', folder], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
