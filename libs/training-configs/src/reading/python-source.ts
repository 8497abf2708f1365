// A Python source text, read and not run: what it assigns, what it calls with which arguments, and whether Python would
// take it at all. Values that stand there as literals are read as Python reads them; everything else keeps its text.
//
//   const source = readPythonSource(content);
//   source.errors                      → [{ where: 'line 3', message }], empty if Python parses it
//   source.calls('WeightedDataset')    → every call of that name, `data.WeightedDataset(…)` too
//   source.assigned('weights')         → what `weights = …` assigns, each time
//   source.resolve(expression)         → the expression, or what a name that is assigned just once stands for
//   literalValue(expression)           → null, boolean, number, text or list; undefined if it is no literal
import { ExpressionReader, type PythonCall, type PythonExpression } from './python-expressions.js';
import { bindsOtherwise, lineFinder, parsePython, syntaxErrors } from './python-syntax.js';

export { literalValue, type PythonCall, type PythonExpression } from './python-expressions.js';

export interface PythonSource {
  /** The first thing Python refuses, with its line; empty if it parses. */
  readonly errors: readonly { readonly where: string; readonly message: string }[];
  /** Every call whose callee ends in this name, outer before inner, in the order of the file. */
  calls(name: string): readonly PythonCall[];
  /** What is assigned to a name, or to a dotted path such as "config.dataloader", in the order of the file. */
  assigned(target: string): readonly PythonExpression[];
  /** What a name stands for if the file binds it exactly once; any other expression is itself. */
  resolve(expression: PythonExpression): PythonExpression;
}

export function readPythonSource(content: string): PythonSource {
  const source = content.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const lineAt = lineFinder(source);
  const tree = parsePython(source);
  const errors = syntaxErrors(source, tree);
  const calls: PythonCall[] = [];
  const assignments = new Map<string, PythonExpression[]>();
  const rebound = new Set<string>();
  if (!errors.some(({ endsReading }) => endsReading)) {
    const reader = new ExpressionReader(source, lineAt, (at, message) => errors.push({ at, message }));
    tree.iterate({
      enter({ name, node }) {
        if (name === 'CallExpression') calls.push(reader.call(node));
        else if (name === 'Number' || name === 'String' || name === 'ContinuedString') reader.expression(node);
        else if (name === 'VariableName' && bindsOtherwise(node, source)) rebound.add(reader.text(node));
        else if (name === 'AssignStatement') {
          const { targets, value } = reader.assignments(node) ?? { targets: [] };
          for (const target of targets) assignments.set(target, [...(assignments.get(target) ?? []), value!]);
        }
        // The parts of a string in parts are read with it.
        return name !== 'ContinuedString';
      },
    });
  }
  const resolve = (expression: PythonExpression): PythonExpression => {
    const seen = new Set<string>();
    let found = expression;
    while (found.kind === 'name' && !seen.has(found.name) && !rebound.has(found.name)) {
      const values: readonly PythonExpression[] = assignments.get(found.name) ?? [];
      if (values.length !== 1) break;
      seen.add(found.name);
      found = values[0]!;
    }
    return found;
  };
  const [first] = errors.sort((a, b) => a.at - b.at);
  return {
    errors: first ? [{ where: `line ${lineAt(first.at)}`, message: first.message }] : [],
    calls: (name) => calls.filter((call) => call.name === name),
    assigned: (target) => assignments.get(target) ?? [],
    resolve,
  };
}
