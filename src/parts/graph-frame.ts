import {html, nothing, type TemplateResult} from 'lit';
import {formatCount} from '../color/format.js';
import {colorOfKind} from '../color/type-colors.js';
import type {Status} from '../controllers/status.js';
import type {Comparison} from '../graph/compare.js';
import type {LayoutFailure} from '../graph/elk.js';
import type {GraphItem, GraphTree} from '../graph/tree.js';
import {type Coloring, kindsIn, MARK_COLORS} from './graph-words.js';

type Say = Status['say'];

/** The groups that hold what is selected, outermost first. */
export function pathOf(groups: readonly GraphItem[], item: GraphItem, say: Say, go: (id: string) => void): TemplateResult {
  return html`<ol part="path" aria-label=${say('graphPath')}>
    ${groups.map((g) => html`<li><button class="link" type="button" @click=${() => go(g.id)}>${(g.group?.label ?? g.id).slice(0, 100)}</button></li>`)}
    <li aria-current="true">${(item.node?.label ?? item.group?.label ?? item.id).slice(0, 100)}</li>
  </ol>`;
}

/** What the colours stand for: kinds of type, a colour bar, or differences. */
export function graphLegend(tree: GraphTree, {by, scale, name}: Coloring, counts: Comparison['counts'] | null, say: Say, lang: string): TemplateResult {
  if (counts) {
    const entries = [['+', 'compareAdded', counts.added], ['−', 'compareRemoved', counts.removed], ['≠', 'compareChanged', counts.changed]] as const;
    return html`<div part="legend" role="group" aria-label=${say('legend')}>
      <ul>
        ${entries.map(([mark, word, n]) => html`<li><i class="swatch" .style=${`background:${MARK_COLORS[mark]}`}></i>${mark} ${say(word)} ${formatCount(n, lang)}</li>`)}
        <li>${say('compareSame')} ${formatCount(counts.same, lang)}</li>
      </ul>
    </div>`;
  }
  return html`<div part="legend" role="group" aria-label=${say('legend')}>
    ${by === 'type'
      ? html`<ul aria-label=${say('legendTypes')}>
          ${kindsIn(tree).map((kind) => html`<li><i class="swatch" .style=${`background:${colorOfKind(kind)}`}></i>${say(`kind_${kind}`)}</li>`)}
        </ul>`
      : html`<span>${name}</span>${scale ? html`<div class="bar"><canvas aria-hidden="true"></canvas></div>` : nothing}
          <ul>
            <li><i class="swatch unknown"></i>${say('legendUnknown')}</li>
          </ul>`}
  </div>`;
}

/** Changes that are listed. */
const LISTED = 200;

/** What there is to say below the drawing: a simpler layout, differences, what was not understood. */
export function graphNotes(failure: LayoutFailure | null, quiet: number, {counts, summary}: {counts: Comparison['counts'] | null; summary: Comparison['summary']}, problem: string | null, remarks: readonly string[], say: Say, lang: string, go: (id: string) => void): TemplateResult {
  return html`
    ${failure ? html`<div class="changes muted" role="status">${say(failure.reason === 'deadline' ? 'graphDeadline' : 'graphPreview')}</div>` : nothing}
    ${quiet ? html`<div class="changes muted">${say('graphQuiet', {n: formatCount(quiet, lang)})}</div>` : nothing}
    ${problem ? html`<div class="changes" role="alert">${say('compareBroken', {message: problem})}</div>` : nothing}
    ${counts ? changes(summary, counts, say, lang, go) : nothing}
    ${remarks.length
      ? html`<details class="remarks muted">
          <summary>${say('remarks', {n: formatCount(remarks.length, lang)})}</summary>
          <ul>
            ${remarks.slice(0, LISTED).map((text) => html`<li>${text}</li>`)}
          </ul>
        </details>`
      : nothing}
  `;
}

function changes(summary: Comparison['summary'], counts: Comparison['counts'], say: Say, lang: string, go: (id: string) => void): TemplateResult {
  const text = say('compareSummary', {added: formatCount(counts.added, lang), removed: formatCount(counts.removed, lang), changed: formatCount(counts.changed, lang), same: formatCount(counts.same, lang)});
  if (!summary.length) return html`<div class="changes muted">${say('compareEqual')}</div>`;
  // what is here although structures are the same has other weights
  const signs = {added: '+', removed: '−', changed: '≠', same: '≠'} as const;
  return html`<details class="changes">
    <summary>${text}</summary>
    <ul aria-label=${say('compareList')}>
      ${summary.slice(0, LISTED).map(
        (d) => html`<li>${signs[d.state]} <button class="link" type="button" @click=${() => go(d.id)}>${d.id.slice(0, 120)}</button>
            <span class="muted">${(d.now ?? d.before)?.type.slice(0, 80)} ${d.changes.map((c) => `${c.key ?? say(`change_${c.what}`)}: ${c.before ?? '–'} → ${c.now ?? '–'}`).join('; ').slice(0, 300)}</span></li>`,
      )}
      ${summary.length > LISTED ? html`<li class="muted">${say('compareMore', {n: formatCount(summary.length - LISTED, lang)})}</li>` : nothing}
    </ul>
  </details>`;
}
