import {Problem} from '../words/graph.js';
import type {GraphItem, GraphTree} from './tree.js';
import type {Shape} from './types.js';

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=';

type Term =
  | {readonly kind: 'word'; readonly text: string}
  | {readonly kind: 'regex'; readonly regex: RegExp}
  | {readonly kind: 'value'; readonly key: string; readonly operator: Operator; readonly value: string};

/** What a user looks for: all terms must hold. Without terms it matches nothing. */
export interface Query {
  readonly terms: readonly Term[];
}

/** A name longer than this is looked at so far only: an expression may take more than linear time. */
const REGEX_TEXT = 10_000;
const STEP = 2000;
const UNITS = new Map([['k', 1e3], ['m', 1e6], ['g', 1e9], ['b', 1e9], ['t', 1e12]]);

/**
 * Reads a query: words, `"words with blanks"`, `/regex/flags`, and `key=value` with `=`, `!=`, `>`, `>=`, `<`, `<=`.
 * Keys are `id`, `type`, `label`, `kind`, `role`, `layer`, `shape`, `params`, `macs`, `memory`, `trainable`, and all
 * attributes; case and `_` don't matter in them. In a value `*` stands for any text, `1k`, `2.5M` and `1e6` are numbers.
 * @throws {Problem} where a regular expression is not one
 */
export function parseQuery(text: string): Query {
  const terms: Term[] = [];
  let rest = text.trim();
  while (rest) {
    const regex = /^\/((?:[^\\/[]|\\.|\[(?:[^\]\\]|\\.)*\])+)\/([dgimsuvy]*)(?=\s|$)/.exec(rest) ?? wholeRegex(rest);
    const value = /^([\w.-]+)(!=|>=|<=|=|>|<)(?:"([^"]*)"?|(\S*))/.exec(rest);
    const word = /^"([^"]*)"?|^\S+/.exec(rest)!;
    const found = regex ?? value ?? word;
    if (regex) terms.push({kind: 'regex', regex: makeRegex(regex[1]!, regex[2]!)});
    else if (value) terms.push({kind: 'value', key: plainKey(value[1]!), operator: value[2] as Operator, value: value[3] ?? value[4]!});
    else if (word[1] ?? word[0]) terms.push({kind: 'word', text: plainText(word[1] ?? word[0])});
    rest = rest.slice(found[0].length).trimStart();
  }
  return {terms: terms.filter((term) => term.kind !== 'word' || term.text !== '')};
}

/** Text between two slashes that is no well-formed expression, so that what is wrong with it can be said. */
function wholeRegex(text: string): RegExpExecArray | null {
  return /^\/(.*[\\[\](){}*+?|^$.].*)\/([dgimsuvy]*)$/.exec(text);
}

function makeRegex(pattern: string, flags: string): RegExp {
  try {
    // neither of the two looks again from where it was last
    return new RegExp(pattern, flags.replace(/[gy]/g, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(': ').at(-1)! : String(cause);
    throw new Problem('queryRegex', {pattern, why}, {cause});
  }
}

const plainKey = (key: string): string => key.toLowerCase().replace(/[_-]/g, '');
/** Lower case, and `3x3` as shapes are written: `3×3`. */
const plainText = (text: string): string => text.toLowerCase().replace(/(\d|\?)\s*x\s*(?=\d|\?)/g, '$1×');

function shapeText(shape: Shape | null): string {
  return shape ? shape.map((size) => size ?? '?').join('×') : '';
}

type Value = string | number | boolean;

/** The text that words and expressions are looked for in, a line for each thing; made when an item is first looked at. */
const texts = new WeakMap<GraphItem, {readonly exact: string; readonly plain: string}>();

function textOf(item: GraphItem): {readonly exact: string; readonly plain: string} {
  let known = texts.get(item);
  if (!known) {
    const {node, group} = item;
    const lines = node ? [node.id, node.label, node.type, ...shapesOf(item)] : [group!.id, group!.label, group!.type ?? ''];
    if (node) for (const key in node.attributes) if (Object.hasOwn(node.attributes, key)) lines.push(`${key}=${node.attributes[key]!}`);
    const exact = lines.join('\n');
    texts.set(item, (known = {exact, plain: plainText(exact)}));
  }
  return known;
}

const shapesOf = ({node}: GraphItem): string[] => (node ? (node.outputShapes ?? [node.outputShape]).map(shapeText) : []);

/** What an item has of a key. */
function valuesOf(item: GraphItem, key: string): Value[] {
  const {node, group} = item;
  const attributes = node ? Object.entries(node.attributes).filter(([name]) => plainKey(name) === key).map(([, value]) => value) : [];
  return [...ownOf(item, key), ...attributes].filter((value): value is Value => value !== null && value !== undefined);

  function ownOf({params, macs, activationBytes, kind}: GraphItem, name: string): (Value | null | undefined)[] {
    switch (name) {
      case 'id': return [(node ?? group!).id];
      case 'label': case 'name': return [(node ?? group!).label];
      case 'type': return [(node ?? group!).type];
      case 'kind': return [kind === 'node' ? 'node' : group!.kind ?? 'group'];
      case 'role': return [node?.role];
      case 'layer': return [node?.layer];
      case 'shape': return shapesOf(item);
      case 'params': return [params ?? 'unknown'];
      case 'macs': return [macs ?? 'unknown'];
      case 'memory': case 'bytes': case 'activationbytes': return [activationBytes ?? 'unknown'];
      case 'trainable': return [node?.trainable];
      case 'repeat': return [group?.repeat];
      default: return [];
    }
  }
}

/** Whether a node or group is what is looked for. */
export function matches(query: Query, item: GraphItem): boolean {
  if (!query.terms.length) return false;
  return query.terms.every((term) => {
    if (term.kind === 'word') return textOf(item).plain.includes(term.text);
    if (term.kind === 'regex') return textOf(item).exact.split('\n').some((line) => term.regex.test(line.slice(0, REGEX_TEXT)));
    return valuesOf(item, term.key).some((value) => holds(value, term.operator, term.value));
  });
}

function numberOf(text: string): number {
  const parts = /^([-+]?[\d.,]+(?:e[-+]?\d+)?)([kmgbt]?)$/i.exec(text.trim());
  return parts ? Number(parts[1]!.replaceAll(',', '')) * (UNITS.get(parts[2]!.toLowerCase()) ?? 1) : NaN;
}

function holds(value: string | number | boolean, operator: Operator, wanted: string): boolean {
  const b = numberOf(wanted);
  const a = typeof value === 'number' ? value : numberOf(String(value));
  switch (operator) {
    case '>': return a > b;
    case '>=': return a >= b;
    case '<': return a < b;
    case '<=': return a <= b;
    default: {
      const same = a === b || isText(String(value), wanted);
      return operator === '=' ? same : !same;
    }
  }
}

/** Equal but for case and ways to write ×; `*` for any text; a shape also without its batch. */
function isText(value: string, wanted: string): boolean {
  const text = plainText(value);
  const want = plainText(wanted);
  if (!want.includes('*')) return text === want || (/^[\d?]+(×[\d?]+)*$/.test(want) && text === `?×${want}`);
  const parts = want.split('*');
  if (!text.startsWith(parts[0]!) || !text.endsWith(parts.at(-1)!)) return false;
  let at = parts[0]!.length;
  const end = text.length - parts.at(-1)!.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= end;
}

/**
 * Ids of the nodes that match, in topological order.
 * @throws {Problem} where a regular expression is not one
 */
export function findAll(tree: GraphTree, text: string): string[] {
  const steps = findSteps(tree, text);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** {@link findAll} in steps with the share done: the first search in a graph of 50,000 nodes takes a while. */
export function* findSteps(tree: GraphTree, text: string): Generator<number, string[]> {
  const query = parseQuery(text);
  const found: string[] = [];
  if (!query.terms.length) return found;
  for (const item of tree.nodes) {
    if (matches(query, item)) found.push(item.id);
    if (item.order % STEP === STEP - 1) yield item.order / tree.size;
  }
  return found;
}
