import {css} from 'lit';

/** The panel of statistics. */
export const statsStyles = css`
  [part~='stats'] {
    position: absolute;
    z-index: 1;
    inset-block: 4px;
    inset-inline-end: 6px;
    width: min(232px, calc(100% - 12px));
    height: max-content;
    max-height: calc(100% - 8px);
    padding: 8px 12px;
    overflow: auto;
    border: 1px solid var(--_grid);
    border-radius: 7px;
    /* opaque, also where the page's background is not */
    background: linear-gradient(var(--_background), var(--_background)) Canvas;
    font-variant-numeric: tabular-nums;
  }
  [part~='stats'][data-side='left'] {
    inset-inline: auto;
    left: 6px;
  }
  [part~='stats'][data-side='right'] {
    inset-inline: auto;
    right: 6px;
  }
  [part~='stats'] dl {
    margin: 0;
  }
  [part~='stats'] dl > div {
    display: flex;
    justify-content: space-between;
    gap: 12px;
  }
  [part~='stats'] dt {
    color: var(--_muted);
  }
  [part~='stats'] dd {
    margin: 0;
    text-align: end;
    overflow-wrap: anywhere;
  }
  .histogram {
    display: block;
    width: 100%;
    height: 76px;
    margin-top: 6px;
    cursor: ew-resize;
    touch-action: pan-y;
  }
  .brush {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px;
    margin-top: 4px;
  }
  .brush input[type='number'] {
    width: 72px;
    min-width: 0;
    padding-inline: 4px;
  }
  .brush label {
    display: inline-flex;
    align-items: center;
    gap: 4px;
  }
  [part~='stats'] h3 {
    margin: 8px 0 2px;
    font: inherit;
    font-weight: 600;
  }
  .rule label {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 6px;
    margin-top: 2px;
  }
  .rule input {
    width: 68px;
    flex: none;
    padding-inline: 4px;
  }
  .rule input:invalid {
    border-style: dashed;
  }
  .spectrum {
    display: block;
    width: 100%;
    height: 64px;
    border-bottom: 1px solid var(--_grid);
  }
  .spectrum polyline {
    fill: none;
    stroke: var(--_accent);
    stroke-width: 1.5;
    vector-effect: non-scaling-stroke;
  }
  [part~='stats'] p {
    margin: 4px 0 0;
  }
`;
