import {css} from 'lit';

/**
 * What all elements look like. Colours are the public custom properties; their defaults follow `color-scheme`.
 * `.probe` hands the resolved colours to the painters and, by its transition, tells when they change.
 */
export const sharedStyles = css`
  :host {
    --_background: var(--tensorlens-background, light-dark(#ffffff, #14171c));
    --_text: var(--tensorlens-text, light-dark(#1d2430, #e6e9ee));
    --_muted: var(--tensorlens-muted, light-dark(#5a6473, #a3adba));
    --_accent: var(--tensorlens-accent, light-dark(#0b62c4, #6cb2ff));
    --_grid: var(--tensorlens-grid, light-dark(#c9cfd8, #39404b));
    --_nan: var(--tensorlens-nan, #ff00d4);
    --_positive-infinity: var(--tensorlens-positive-infinity, #00e03c);
    --_negative-infinity: var(--tensorlens-negative-infinity, #00c8ff);
    --_font: var(--tensorlens-font, system-ui, sans-serif);
    display: block;
    position: relative;
    contain: content;
    box-sizing: border-box;
    width: 100%;
    min-width: 0;
    background: var(--_background);
    color: var(--_text);
    font: 12px/1.4 var(--_font);
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  .frame {
    display: flex;
    flex-direction: column;
    height: 100%;
    container-type: inline-size;
    /* where the parent asks how wide the element would like to be */
    contain-intrinsic-inline-size: 300px;
  }
  .probe {
    position: absolute;
    visibility: hidden;
    pointer-events: none;
    width: 0;
    height: 0;
    border: 0 solid;
    color: var(--_text);
    background-color: var(--_background);
    border-top-color: var(--_accent);
    border-right-color: var(--_grid);
    border-bottom-color: var(--_nan);
    border-left-color: var(--_positive-infinity);
    outline-color: var(--_negative-infinity);
    text-decoration-color: var(--_muted);
    transition: all 1ms;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .plain {
    all: unset;
    cursor: pointer;
  }
  button:focus-visible,
  summary:focus-visible,
  select:focus-visible,
  input:focus-visible,
  [tabindex]:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: -2px;
  }
  [part~='toolbar'] {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 6px;
    padding: 4px 6px 4px 10px;
    min-height: 34px;
  }
  [part~='toolbar'] .title {
    flex: 1 1 96px;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .title b {
    font-weight: 600;
    margin-inline-end: 6px;
  }
  .muted {
    color: var(--_muted);
  }
  .tools {
    display: flex;
    gap: 2px;
    margin-inline-start: auto;
  }
  .tool {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 4px;
    height: 26px;
    min-width: 26px;
    padding: 0 4px;
    border: 0;
    border-radius: 5px;
    background: none;
    color: var(--_muted);
    font: inherit;
    cursor: pointer;
    list-style: none;
  }
  .tool::-webkit-details-marker {
    display: none;
  }
  .tool:hover,
  .tool[aria-pressed='true'],
  [open] > .tool {
    background: color-mix(in srgb, var(--_text) 9%, transparent);
    color: var(--_text);
  }
  .tool svg {
    width: 16px;
    height: 16px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.6;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .link {
    border: 0;
    padding: 0;
    background: none;
    color: var(--_accent);
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 2px;
    cursor: pointer;
  }
  .field {
    height: 26px;
    min-width: 0;
    max-width: 100%;
    padding: 0 6px;
    border: 1px solid var(--_grid);
    border-radius: 5px;
    background: var(--_background);
    color: var(--_text);
    font: inherit;
  }
  [part~='toolbar'] [type='search'] {
    flex: 0 1 170px;
  }
  @container (max-width: 460px) {
    /* above the fields; beside tools alone there is room */
    [part~='toolbar']:has(> .field) .title {
      flex: 1 1 70%;
    }
    [part~='toolbar'] > .field {
      order: 1;
      flex: 1 1 35%;
    }
    [part~='toolbar'] > .remark {
      order: 2;
      flex: 1 1 100%;
    }
  }
  .menu {
    position: relative;
  }
  .menu > div {
    position: absolute;
    z-index: 3;
    margin: 0;
    overflow: visible;
    color: inherit;
    width: max-content;
    max-width: 240px;
    padding: 4px;
    border: 1px solid var(--_grid);
    border-radius: 7px;
    background: var(--_background);
    box-shadow: 0 4px 16px #0003;
  }
  .menu > :popover-open {
    display: grid;
  }
  .menu button.item {
    padding: 5px 10px;
    border: 0;
    border-radius: 4px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .menu button.item:hover {
    background: color-mix(in srgb, var(--_text) 9%, transparent);
  }
  .box {
    position: relative;
    flex: 1 1 0;
    min-height: 0;
    overflow: hidden;
  }
  .view,
  .view canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  [part~='tooltip'] {
    position: absolute;
    z-index: 2;
    left: 0;
    top: 0;
    max-width: min(320px, 100%);
    padding: 4px 8px;
    border-radius: 5px;
    background: var(--_text);
    color: var(--_background);
    pointer-events: none;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  [part~='tooltip'] b {
    display: block;
    font-weight: 600;
  }
  [part~='message'] {
    position: absolute;
    z-index: 1;
    inset: 0;
    display: grid;
    place-content: center;
    gap: 8px;
    padding: 16px;
    overflow: auto;
    text-align: center;
    overflow-wrap: anywhere;
  }
  [part~='message'] > * {
    max-width: 56ch;
  }
  [part~='message'] pre {
    margin: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    text-align: start;
    font: 12px/1.5 ui-monospace, monospace;
  }
  [part~='message'][data-kind='error'] {
    background: var(--_background);
  }
  [part~='message'] strong::before {
    /* a shape: not every font has the sign */
    content: '';
    display: inline-block;
    width: 12px;
    height: 10px;
    margin-inline-end: 6px;
    background: var(--_accent);
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
    forced-color-adjust: none;
  }
  [part~='message'][data-kind='loading'] {
    place-content: end center;
    pointer-events: none;
    /* what is over at once needs no message */
    animation: appear 1ms 0.25s both;
  }
  [part~='message'][data-kind='loading'] > .link {
    justify-self: center;
    padding: 1px 8px;
    border-radius: 99px;
    background: var(--_background);
    pointer-events: auto;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  [part~='message'][data-kind='loading'] > span {
    padding: 2px 10px;
    border-radius: 99px;
    background: var(--_text);
    color: var(--_background);
    opacity: 0.85;
  }
  [part~='legend'] {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
  }
  [part~='legend'] .bar {
    position: relative;
    flex: 1 1 160px;
    min-width: 120px;
    max-width: 340px;
    height: 34px;
  }
  [part~='legend'] .bar canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  [part~='legend'] ul {
    display: flex;
    flex-wrap: wrap;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .swatch {
    display: inline-block;
    flex: none;
    width: 10px;
    height: 10px;
    margin-inline-end: 5px;
    vertical-align: -1px;
    forced-color-adjust: none;
  }
  progress {
    width: 160px;
    height: 4px;
    accent-color: var(--_accent);
  }
  @media (forced-colors: active) {
    :host {
      --_background: Canvas;
      --_text: CanvasText;
      --_muted: CanvasText;
      --_accent: Highlight;
      --_grid: GrayText;
    }
    canvas,
    .probe {
      forced-color-adjust: none;
    }
    [part~='tooltip'] {
      border: 1px solid;
    }
  }
  @media print {
    .tools {
      display: none;
    }
  }
`;
