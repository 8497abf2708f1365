import { nameStackFolder, removeForgottenFolders, removeStackFolder } from './test-stack.js';

/**
 * Names the folder of the PostgreSQL server which the spec files of this run share, and removes it at the end. The
 * first spec file that asks for a database starts the server: runs without one do not pay for it.
 */
export async function setup(): Promise<void> {
  await removeForgottenFolders();
  process.env.CUVEE_TEST_STACK = nameStackFolder();
}

export async function teardown(): Promise<void> {
  await removeStackFolder(process.env.CUVEE_TEST_STACK!);
}
