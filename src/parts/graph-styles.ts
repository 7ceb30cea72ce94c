import {css} from 'lit';

/** What only the graph has: details, map, path, legend of types, outline. */
export const graphStyles = css`
  .view {
    touch-action: pan-x pan-y;
    cursor: grab;
  }
  .view.greedy {
    touch-action: none;
  }
  .view.over {
    cursor: pointer;
  }
  .search {
    display: inline-flex;
    align-items: center;
    gap: 2px;
    flex: 0 1 190px;
    min-width: 0;
  }
  .search .field {
    flex: 1 1 80px;
  }
  @container (max-width: 460px) {
    [part~='toolbar']:has(> .field) .title {
      flex: 1 1 40%;
    }
    [part~='toolbar'] .search {
      order: 1;
      flex: 1 1 100%;
    }
  }
  .count {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  [part~='minimap'] {
    position: absolute;
    z-index: 1;
    inset-inline-start: 8px;
    bottom: 8px;
    width: min(132px, 22%);
    height: 84px;
    border: 1px solid var(--_grid);
    border-radius: 6px;
    background: color-mix(in srgb, var(--_background) 96%, transparent);
    cursor: pointer;
    touch-action: none;
  }
  /* over the picture: what is selected must not move it */
  [part~='path'] {
    position: absolute;
    z-index: 1;
    inset-inline-start: 8px;
    top: 2px;
    display: flex;
    flex-wrap: wrap;
    gap: 0 4px;
    max-width: calc(100% - 16px);
    padding: 1px 6px;
    margin: 0;
    border-radius: 5px;
    background: color-mix(in srgb, var(--_background) 90%, transparent);
    list-style: none;
  }
  @container (min-width: 560px) {
    [part~='path'] {
      max-width: calc(100% - 296px);
    }
  }
  [part~='path'] .link {
    display: inline;
    white-space: nowrap;
  }
  [part~='path'] li {
    max-width: 220px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  [part~='path'] li + li::before {
    content: '› ';
    color: var(--_muted);
  }
  [part~='details'] {
    position: absolute;
    z-index: 1;
    inset-block: 6px;
    inset-inline-end: 6px;
    width: min(268px, calc(100% - 12px));
    height: max-content;
    max-height: calc(100% - 12px);
    padding: 6px 12px 10px;
    overflow: auto;
    border: 1px solid var(--_grid);
    border-radius: 7px;
    background: color-mix(in srgb, var(--_background) 96%, transparent);
    box-shadow: 0 2px 10px #0002;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  @container (max-width: 560px) {
    [part~='details'] {
      inset-block: auto 6px;
      width: calc(100% - 12px);
      max-height: 55%;
    }
  }
  [part~='details'] header {
    display: flex;
    align-items: start;
    justify-content: space-between;
  }
  [part~='details'] h3 {
    margin: 4px 0 0;
    font: 600 13px/1.3 var(--_font);
    max-height: 4em;
    overflow: hidden;
  }
  [part~='details'] h4 {
    margin: 10px 0 2px;
    font: 600 12px/1.4 var(--_font);
  }
  [part~='details'] p {
    margin: 0 0 4px;
    max-height: 4.2em;
    overflow: hidden;
  }
  [part~='details'] .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
  }
  [part~='details'] ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  [part~='details'] .link {
    text-align: start;
  }
  [part~='details'] dl {
    margin: 0;
  }
  [part~='details'] dl > div {
    display: flex;
    justify-content: space-between;
    gap: 12px;
  }
  [part~='details'] dt {
    color: var(--_muted);
  }
  [part~='details'] dd {
    margin: 0;
    text-align: end;
  }
  .weights li + li {
    margin-top: 6px;
  }
  .weights canvas {
    display: block;
    width: 100%;
    height: 64px;
    margin: 2px 0;
  }
  .weights .stats {
    display: block;
  }
  [part~='legend'] {
    gap: 0 14px;
    min-height: 26px;
    padding: 3px 10px 5px;
  }
  [part~='legend'] ul {
    gap: 0 12px;
  }
  .swatch {
    border-radius: 2px;
  }
  .swatch.unknown {
    border: 1px dashed var(--_muted);
  }
  .outline {
    position: absolute;
    inset: 0;
    overflow: auto;
    padding: 2px 4px 8px;
  }
  .outline ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .outline li {
    display: flex;
    align-items: baseline;
    gap: 4px;
    padding: 2px 6px;
    padding-inline-start: calc(6px + var(--depth) * 18px);
    border-radius: 4px;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  .outline li:hover {
    background: color-mix(in srgb, var(--_text) 6%, transparent);
  }
  .outline li[aria-selected='true'] {
    background: color-mix(in srgb, var(--_accent) 18%, transparent);
  }
  .outline li.dim {
    opacity: 0.45;
  }
  .outline b {
    font-weight: 600;
  }
  .fold {
    flex: none;
    width: 14px;
    text-align: center;
    color: var(--_muted);
  }
  .changes {
    padding: 0 10px 6px;
  }
  .changes ul {
    max-height: 120px;
    margin: 2px 0;
    padding: 0 0 0 8px;
    overflow: auto;
    list-style: none;
  }
  .changes summary,
  .remarks summary {
    cursor: pointer;
  }
  .remarks {
    padding: 0 10px 6px;
  }
  .remarks ul {
    max-height: 90px;
    margin: 2px 0;
    padding-inline-start: 18px;
    overflow: auto;
    overflow-wrap: anywhere;
  }
`;
