// The expressions of a Python source text: literals with their values, calls with their arguments, names, and the rest
// as text.
import type { SyntaxNode } from '@lezer/common';
import { readPythonNumber, readPythonString } from './python-literals.js';

interface Place {
  /** As it stands in the file. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface PythonCall extends Place {
  readonly kind: 'call';
  /** The last word of what is called: "Config" of `GrainDataLoader.Config(…)`; empty where that is no name. */
  readonly name: string;
  /** What is called, in full: "GrainDataLoader.Config". */
  readonly callee: string;
  readonly positional: readonly PythonExpression[];
  readonly keywords: ReadonlyMap<string, PythonExpression>;
  /** True with `*args` or `**options` among the arguments: more may be passed than can be seen. */
  readonly isOpen: boolean;
}

export type PythonExpression =
  | (Place & { readonly kind: 'none' })
  | (Place & { readonly kind: 'boolean'; readonly value: boolean })
  /** A sign counts to it; whether it is an int or a float is told by `text`. */
  | (Place & { readonly kind: 'number'; readonly value: number })
  /** Adjacent literals are one string. */
  | (Place & { readonly kind: 'string'; readonly value: string })
  | (Place & { readonly kind: 'list' | 'tuple'; readonly items: readonly PythonExpression[] })
  /** In the order they stand in, keys that stand twice included. */
  | (Place & { readonly kind: 'dict'; readonly entries: readonly (readonly [PythonExpression, PythonExpression])[] })
  | (Place & { readonly kind: 'name'; readonly name: string })
  | PythonCall
  /** Anything else: arithmetic, f-strings, bytes, comprehensions, attributes, `*rest` in a list. */
  | (Place & { readonly kind: 'other' });

export type PythonLiteral = null | boolean | number | string | readonly PythonLiteral[];

/** What a literal stands for, lists and tuples alike as lists; undefined for dicts and for what is no literal. */
export function literalValue(expression: PythonExpression): PythonLiteral | undefined {
  switch (expression.kind) {
    case 'none':
      return null;
    case 'boolean':
    case 'number':
    case 'string':
      return expression.value;
    case 'list':
    case 'tuple': {
      const values = expression.items.map(literalValue);
      return values.includes(undefined) ? undefined : (values as PythonLiteral[]);
    }
    default:
      return undefined;
  }
}

/** A stretch of a list between two commas. */
type Part = readonly SyntaxNode[];

/** Reads the nodes of one text, each once. */
export class ExpressionReader {
  readonly #read = new Map<number, PythonExpression>();

  /**
   * @param lineAt line of a place in the text, from 1
   * @param fail takes what Python refuses inside a literal or a call
   */
  constructor(
    private readonly source: string,
    private readonly lineAt: (at: number) => number,
    private readonly fail: (at: number, message: string) => void,
  ) {}

  /** Each target of `a = b = 1`, with the value; unpacking into several names is no target. */
  assignments(node: SyntaxNode): { targets: readonly string[]; value: PythonExpression } | null {
    const sides: SyntaxNode[][] = [[]];
    for (const child of childrenOf(node)) {
      if (child.name === 'AssignOp') sides.push([]);
      else if (child.name !== 'TypeDef' && child.name !== 'Comment') sides.at(-1)!.push(child);
    }
    const last = sides.pop()!;
    if (sides.length === 0 || last.length === 0) return null;
    const targets = sides.filter((side) => side.length === 1).map(([target]) => this.text(target!));
    return { targets, value: last.length === 1 ? this.expression(last[0]!) : this.#bareTuple(last) };
  }

  expression(node: SyntaxNode): PythonExpression {
    const known = this.#read.get(node.from);
    // `f` and `f(x)` begin at the same place.
    if (known && known.text.length === node.to - node.from) return known;
    const found = this.#expression(node);
    this.#read.set(node.from, found);
    return found;
  }

  call(node: SyntaxNode): PythonCall {
    return this.expression(node) as PythonCall;
  }

  text({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.source.slice(from, to);
  }

  #expression(node: SyntaxNode): PythonExpression {
    const place: Place = { text: this.text(node), line: this.lineAt(node.from) };
    switch (node.name) {
      case 'None':
        return { kind: 'none', ...place };
      case 'Boolean':
        return { kind: 'boolean', value: place.text === 'True', ...place };
      case 'Number':
        return this.#number(node, place);
      case 'UnaryExpression':
        return this.#signed(node, place);
      case 'String':
      case 'ContinuedString':
        return this.#string(node, place);
      case 'VariableName':
        return { kind: 'name', name: place.text, ...place };
      case 'ParenthesizedExpression': {
        const inner = inBrackets(node);
        return inner.length === 1 ? { ...this.expression(inner[0]!), ...place } : { kind: 'other', ...place };
      }
      case 'ArrayExpression':
        return { kind: 'list', items: this.#items(inBrackets(node)), ...place };
      case 'TupleExpression':
        return { kind: 'tuple', items: this.#items(inBrackets(node)), ...place };
      case 'DictionaryExpression':
        return this.#dict(node, place);
      case 'CallExpression':
        return this.#call(node, place);
      default:
        return { kind: 'other', ...place };
    }
  }

  #number(node: SyntaxNode, place: Place): PythonExpression {
    const value = readPythonNumber(place.text);
    if (value !== null) return { kind: 'number', value, ...place };
    if (!/j$/i.test(place.text)) this.fail(node.from, `invalid number ${place.text}`);
    return { kind: 'other', ...place };
  }

  #signed(node: SyntaxNode, place: Place): PythonExpression {
    const operand = node.lastChild;
    // One sign, as ast.literal_eval takes it.
    const isNumber = operand && /^(?:Number|ParenthesizedExpression)$/.test(operand.name);
    if (!isNumber || !/^[-+]/.test(place.text)) return { kind: 'other', ...place };
    const inner = this.expression(operand);
    if (inner.kind !== 'number') return { kind: 'other', ...place };
    return { kind: 'number', value: place.text.startsWith('-') ? -inner.value : inner.value, ...place };
  }

  #string(node: SyntaxNode, place: Place): PythonExpression {
    const parts = node.name === 'String' ? [node] : childrenOf(node).filter(({ name }) => name !== 'Comment');
    let value = '';
    let isText = true;
    const bytes = parts.filter((part) => /^(?:b|br|rb)['"]/i.test(this.text(part))).length;
    if (bytes > 0 && bytes < parts.length) this.fail(node.from, 'cannot mix bytes and nonbytes literals');
    for (const part of parts) {
      const reading = part.name === 'String' ? readPythonString(this.text(part)) : { kind: 'other' as const };
      if (reading.kind === 'refused') this.fail(part.from, reading.message);
      if (reading.kind === 'text') value += reading.value;
      else isText = false;
    }
    return isText ? { kind: 'string', value, ...place } : { kind: 'other', ...place };
  }

  #dict(node: SyntaxNode, place: Place): PythonExpression {
    const entries: [PythonExpression, PythonExpression][] = [];
    for (const part of parted(inBrackets(node))) {
      if (part.length !== 3) return { kind: 'other', ...place };
      entries.push([this.expression(part[0]!), this.expression(part[2]!)]);
    }
    return { kind: 'dict', entries, ...place };
  }

  #call(node: SyntaxNode, place: Place): PythonCall {
    const callee = node.firstChild!;
    const last = callee.name === 'MemberExpression' ? callee.lastChild! : callee;
    const name = /^(?:VariableName|PropertyName)$/.test(last.name) ? this.text(last) : '';
    const positional: PythonExpression[] = [];
    const keywords = new Map<string, PythonExpression>();
    let isOpen = false;
    for (const part of parted(inBrackets(node.lastChild!))) {
      const [first, second, third] = part;
      if (first!.name === '*' || first!.name === '**') isOpen = true;
      else if (second && third && this.text(second) === '=') {
        const keyword = this.text(first!);
        if (keywords.has(keyword)) this.fail(first!.from, `keyword argument repeated: ${keyword}`);
        keywords.set(keyword, this.expression(third));
      } else {
        if (keywords.size > 0) this.fail(first!.from, 'positional argument follows keyword argument');
        positional.push(part.length === 1 ? this.expression(first!) : this.#stretch(part));
      }
    }
    return { kind: 'call', name, callee: this.text(callee), positional, keywords, isOpen, ...place };
  }

  #items(nodes: Part): PythonExpression[] {
    return parted(nodes).map((part) => (part.length === 1 ? this.expression(part[0]!) : this.#stretch(part)));
  }

  /** `x = 1, 2`: a tuple without brackets. */
  #bareTuple(nodes: Part): PythonExpression {
    const { text, line } = this.#stretch(nodes);
    return { kind: 'tuple', items: this.#items(nodes), text, line };
  }

  #stretch(nodes: Part): PythonExpression {
    const [from, to] = [nodes[0]!.from, nodes.at(-1)!.to];
    return { kind: 'other', text: this.text({ from, to }), line: this.lineAt(from) };
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

function inBrackets(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter(({ name }) => !/^(?:[()[\]{}]|Comment)$/.test(name));
}

/** The parts between commas; a comma after the last is allowed. */
function parted(nodes: Part): Part[] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === ',') parts.push([]);
    else parts.at(-1)!.push(node);
  }
  return parts.filter((part) => part.length > 0);
}
