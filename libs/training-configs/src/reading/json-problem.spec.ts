import { describe, expect, it } from 'vitest';
import { jsonProblem } from './json-problem.js';

function problemOf(content: string): string {
  try {
    JSON.parse(content);
  } catch (error) {
    return jsonProblem(content, error);
  }
  throw new Error('the text is JSON');
}

describe('what is wrong with a text that is no JSON', () => {
  it.each([
    ['', 'is no JSON: it is empty'],
    [' \n', 'is no JSON: it is empty'],
    ['{\n  // my mix\n  "a": 1\n}', 'is no JSON: line 2 has a comment, which JSON does not know'],
    ['{"a": "//", "b": 1, # c\n}', 'is no JSON: line 1 has a comment, which JSON does not know'],
    ['{\n  "a": "#",\n}', 'is no JSON: line 2 has a comma behind the last element, which JSON does not know'],
    ['\ufeff{"a": 1}', "begins with a byte order mark, which Python's json.load refuses"],
  ])('%j', (content, problem) => {
    expect(problemOf(content)).toBe(problem);
  });

  it.each(['data:\n\tsources:\n', '{"train": ', '{"a": 1 "b": 2}', '[1, 2'])(
    'keeps to one line and shows no piece of the text: %j',
    (content) => {
      expect(problemOf(content)).toMatch(/^is no JSON: [^\n"]{5,80}$/);
      expect(problemOf(content)).not.toContain('position');
    },
  );
});
