import {html, nothing, type TemplateResult} from 'lit';

/** What stands over the picture: progress while loading, or what went wrong. */
export interface MessageModel {
  readonly kind: 'loading' | 'error' | 'empty';
  readonly text: string;
  /** A heading above the text. */
  readonly heading?: string;
  /** 0 to 1, where known. */
  readonly share?: number | undefined;
  readonly cancel?: {readonly label: string; readonly run: () => void};
}

/** The message part; plain text only, whatever it holds. */
export function message(model: MessageModel | null): TemplateResult | typeof nothing {
  if (!model) return nothing;
  // what follows the sentence is a pattern with a caret below it
  const [text, ...code] = model.text.split('\n');
  const role = model.kind === 'error' ? 'alert' : 'status';
  return html`<div part="message" data-kind=${model.kind} role=${role} tabindex=${model.kind === 'error' ? 0 : nothing}>
    ${model.heading ? html`<strong>${model.heading}</strong>` : nothing}
    <span>${text}</span>
    ${code.length ? html`<pre>${code.join('\n')}</pre>` : nothing}
    ${model.share === undefined ? nothing : html`<progress max="1" .value=${model.share} aria-label=${model.text}></progress>`}
    ${model.cancel ? html`<button class="link" @click=${model.cancel.run}>${model.cancel.label}</button>` : nothing}
  </div>`;
}
