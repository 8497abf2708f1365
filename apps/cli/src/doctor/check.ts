/** `problem`: no run can be trained here until it is mended. `warning`: one can, but not as well, or not yet. */
export interface Check {
  subject: string;
  state: 'ok' | 'warning' | 'problem';
  text: string;
}

export const ok = (subject: string, text: string): Check => ({ subject, state: 'ok', text });
export const warning = (subject: string, text: string): Check => ({ subject, state: 'warning', text });
export const problem = (subject: string, text: string): Check => ({ subject, state: 'problem', text });
