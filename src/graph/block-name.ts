import {say} from '../words/graph.js';

/** A node or group that is to be named with others. */
export interface Named {
  readonly label: string;
  readonly type: string;
}

/** Members that are looked at: a name shows in the first ones already. */
const LOOK = 200;
const SHORT = new Map([['BatchNormalization', 'BatchNorm'], ['LayerNormalization', 'LayerNorm'], ['Activation', 'activation']]);
/** What brings branches together, and so tells what kind of block it is. */
const MERGE = /^(add|addv2|addn|concat|concatenate|concatv2|multiply|mul|average|maximum|attention)/i;

/** Names that are given by themselves to layers and ops, without digits and `_`. */
const AUTOMATIC = new Set(
  ('activation add addn addv average averagepool averagepoolingd avgpool batchnorm batchnormalization bn biasadd bidirectional cast ' +
  'concat concatenate conv convd convdtranspose dense depthwise depthwiseconvd divnonan dropout elu embedding expanddims flatten ' +
  'fusedbatchnorm fusedbatchnormv globalaveragepoolingd globalmaxpoolingd gru identity input inputlayer lambda layernormalization ' +
  'leakyrelu lstm matmul max maximum maxpool maxpoolingd mean min mul multiply node pad prelu relu reshape separableconvd shape ' +
  'sigmoid slice softmax split sqrt square squeeze stack stage stridedslice sub subtract sum tanh tensor tfopslayer tile transpose ' +
  'truediv unstack upsamplingd zeropaddingd').split(' '),
);

const letters = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');

/** Whether a name says no more than the type: `conv2d_7` of a Conv2D. */
function isGeneric({label, type}: Named): boolean {
  const name = letters(label);
  const kind = letters(type);
  return !name || AUTOMATIC.has(name) || kind.startsWith(name) || name === `${kind}layer` || (kind.length > 2 && name.startsWith(kind));
}

/** Members from which on a name in common makes a block of them. */
export const ALIKE = 4;

/** How many from place `from` on have a telling beginning of their names in common: the longest that four or more share. */
export function alikeFrom(members: readonly Named[], from: number): number {
  const first = members[from]!.label.slice(0, 100);
  const other = members[from + ALIKE - 1]?.label ?? '';
  let same = 0;
  while (same < first.length && first[same] === other[same]) same++;
  if (!same) return 0;
  for (const {index} of [...first.slice(0, same + 1).matchAll(/[_\-./]/g)].reverse()) {
    const name = first.slice(0, index);
    let to = from;
    while (to < members.length && members[to]!.label.startsWith(name) && /^[_\-./]/.test(members[to]!.label.slice(index)) && !isGeneric({label: name, type: members[to]!.type})) to++;
    if (to - from >= ALIKE && letters(name)) return to - from;
  }
  return 0;
}

/** What most members' names begin with, up to a `_`, `-`, `.` or `/`; nothing where they have nothing in common. */
function commonName(members: readonly Named[]): string | undefined {
  const telling = members.filter((member) => !isGeneric(member));
  if (telling.length < 2) return undefined;
  const counts = new Map<string, number>();
  for (const {label} of telling) {
    let known = 0;
    for (const {index} of `${label.slice(0, 100)}/`.matchAll(/[_\-./]/g)) {
      // as long as the label is not itself made of separators
      if (index > known) counts.set(label.slice(0, index), (counts.get(label.slice(0, index)) ?? 0) + 1);
      known = index + 1;
    }
  }
  let best: string | undefined;
  for (const [name, count] of counts) {
    if (count < 2 || 2 * count < telling.length || isGeneric({label: name, type: ''})) continue;
    const most = best === undefined ? 0 : counts.get(best)!;
    if (count > most || (count === most && name.length > best!.length)) best = name;
  }
  return best;
}

/** Types in a few words: `Conv2D · BatchNorm · ReLU`. */
export function typesOf(members: readonly Named[]): string {
  const types = [...new Set(members.slice(0, LOOK).map(({type}) => SHORT.get(type) ?? type))];
  return types.length > 3 ? `${types.slice(0, 3).join(' · ')} …` : types.join(' · ');
}

/** A name for a block: what its members' names share, else its last node's own name, else its types. */
export function blockName(all: readonly Named[]): string {
  const members = all.slice(0, LOOK);
  const common = commonName(members);
  if (common) return common;
  const merge = members.findLast(({type}) => MERGE.test(type));
  const last = all.at(-1);
  for (const member of [merge, last]) if (member && !isGeneric(member) && members.length > 3) return member.label;
  return merge && members.length > 3 ? say('en', 'graphBlockOf', {type: merge.type}) : typesOf(members);
}

/** One name for blocks with these names: `block_1…16` of `block_1` and `block_16`; nothing where they have no pattern. */
export function rangeName(first: string, last: string): string {
  // a list of types or names: one says it
  if (first === last || first.includes(' · ')) return first;
  const a = /^(.*?)(\d+)(\D*)$/s.exec(first);
  const b = /^(.*?)(\d+)(\D*)$/s.exec(last);
  if (a && b && a[1] === b[1] && a[3] === b[3]) return a[3] ? `${first}…${last}` : `${first}…${b[2]}`;
  const same = first.slice(0, -1);
  return same && first.length === last.length && last.startsWith(same) ? `${first}…${last.at(-1)}` : `${first} … ${last}`;
}
