import {css} from 'lit';

/** What only the plots have: legend of series, examples. */
export const plotStyles = css`
  .view {
    touch-action: pan-x pan-y;
    cursor: crosshair;
  }
  .view.greedy {
    touch-action: none;
  }
  .view.strip {
    overflow-x: hidden;
    overflow-y: auto;
    border-block-end: 1px solid var(--_grid);
    box-sizing: border-box;
  }
  .view.strip canvas {
    position: sticky;
    top: 0;
    display: block;
  }
  [part~='legend'] {
    gap: 0 4px;
    padding: 0 6px 2px;
    max-height: 76px;
    overflow: auto;
  }
  [part~='legend'] ul {
    gap: 0 4px;
  }
  .series {
    display: inline-flex;
    align-items: center;
    max-width: 240px;
    padding: 1px 5px;
    border: 0;
    border-radius: 4px;
    background: none;
    color: inherit;
    font: inherit;
  }
  button.series {
    cursor: pointer;
  }
  button.series:hover {
    background: color-mix(in srgb, var(--_text) 8%, transparent);
  }
  .series span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .series[aria-pressed='false'] {
    text-decoration: line-through;
    opacity: 0.6;
  }
  .stroke {
    flex: none;
    width: 16px;
    height: 0;
    margin-inline-end: 6px;
    border-top: 3px solid;
    forced-color-adjust: none;
  }
  .stroke.dash {
    border-top-style: dashed;
  }
  .stroke:is(.circle, .up, .square, .diamond) {
    width: 0;
    margin-inline-start: 4px;
    border: 5px solid;
    border-radius: 5px;
  }
  .stroke:is(.up, .square, .diamond) {
    border-radius: 0;
  }
  .stroke.up {
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
  }
  .stroke.diamond {
    clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%);
  }
  [part~='examples'] {
    display: flex;
    align-items: center;
    gap: 6px;
    margin: 0;
    padding: 2px 10px 8px;
    overflow-x: auto;
    list-style: none;
  }
  [part~='examples'] li {
    flex: none;
    max-width: 180px;
    text-align: center;
    white-space: pre-line;
  }
  [part~='examples'] :is(canvas, img) {
    display: block;
    width: 56px;
    height: 56px;
    object-fit: contain;
    image-rendering: pixelated;
    border: 1px solid var(--_grid);
    border-radius: 4px;
  }
  [part~='examples'] .text {
    display: block;
    max-height: 56px;
    padding: 2px 6px;
    overflow: hidden;
    border: 1px solid var(--_grid);
    border-radius: 4px;
    text-align: start;
    overflow-wrap: anywhere;
  }
  @container (max-width: 640px) {
    /* the title by itself; the kind and the tools share a line */
    [part~='toolbar']:has(> .field) .title {
      flex: 1 1 100%;
      white-space: normal;
    }
    [part~='toolbar'] > .field {
      order: 0;
      flex: 0 1 auto;
      max-width: 45%;
    }
  }
  [part~='tooltip'] {
    white-space: pre-line;
  }
  ::slotted([slot='caption']) {
    display: block;
    padding: 0 10px 8px;
    color: var(--_muted);
  }
`;
