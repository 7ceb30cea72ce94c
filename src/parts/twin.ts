import {html, nothing, type TemplateResult} from 'lit';

/** A piece of the plane as text: at most a few hundred cells. */
export interface TwinModel {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly {readonly name: string; readonly values: readonly string[]}[];
}

/** The picture's twin for screen readers: a table that is there but takes no room. */
export function twin(model: TwinModel | null): TemplateResult | typeof nothing {
  if (!model) return nothing;
  return html`<table class="visually-hidden">
    <caption>${model.caption}</caption>
    <thead>
      <tr><td></td>${model.columns.map((name) => html`<th scope="col">${name}</th>`)}</tr>
    </thead>
    <tbody>
      ${model.rows.map((row) => html`<tr><th scope="row">${row.name}</th>${row.values.map((v) => html`<td>${v}</td>`)}</tr>`)}
    </tbody>
  </table>`;
}
