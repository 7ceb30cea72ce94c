import {css} from 'lit';

/** What only the heatmap has: slices, legend, the scrolled overview. */
export const heatmapStyles = css`
  .frame {
    container-type: size;
    contain-intrinsic-size: 300px 360px;
  }
  /* of what is low the picture stays longest */
  @container (max-height: 119px) {
    [part~='toolbar'],
    .slices {
      display: none;
    }
  }
  @container (max-height: 99px) {
    .below {
      display: none;
    }
  }
  .rest {
    display: flow-root;
  }
  .slices {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
    padding: 0 10px 4px;
  }
  .slices label {
    display: flex;
    align-items: center;
    gap: 6px;
    font-variant-numeric: tabular-nums;
  }
  .slices input {
    width: 120px;
    accent-color: var(--_accent);
  }
  .below .notes {
    border-top: 1px solid var(--_grid);
    padding-top: 5px;
  }
  .view {
    touch-action: pan-x pan-y;
    cursor: crosshair;
  }
  .view.greedy {
    touch-action: none;
  }
  [part~='legend'] {
    min-height: 44px;
    gap: 2px 16px;
    padding: 4px 10px 6px;
  }
  [part~='legend'] ul {
    flex: 2 1 180px;
    gap: 0 14px;
    font-variant-numeric: tabular-nums;
  }
  .swatch {
    border: 1px solid color-mix(in srgb, var(--_text) 40%, transparent);
  }
  .swatch.nan {
    background: var(--_nan);
  }
  .swatch.positive-infinity {
    background: var(--_positive-infinity);
  }
  .swatch.negative-infinity {
    background: var(--_negative-infinity);
  }
  [part~='overview'] {
    position: absolute;
    inset: 0;
    overflow-y: auto;
    overscroll-behavior: auto;
  }
  .tiles {
    position: relative;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .tiles > li {
    position: absolute;
    contain: strict;
  }
  [part~='tile'] {
    all: unset;
    display: block;
    width: 100%;
    height: 100%;
    border-radius: 6px;
    cursor: pointer;
  }
  [part~='tile']:hover {
    background: color-mix(in srgb, var(--_text) 6%, transparent);
  }
  [part~='tile']:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: -2px;
  }
  [part~='tile'] canvas {
    display: block;
    width: 100%;
    height: 100%;
  }
  .constants {
    margin: 4px 10px 10px;
  }
  .constants summary {
    cursor: pointer;
    padding: 4px 0;
  }
  .constants table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  .constants :is(td, th) {
    padding: 2px 8px 2px 0;
    border-top: 1px solid var(--_grid);
    text-align: start;
    font-weight: normal;
    overflow-wrap: anywhere;
    vertical-align: top;
  }
  ::slotted([slot='caption']) {
    display: block;
    padding: 0 10px 8px;
    color: var(--_muted);
  }
`;
