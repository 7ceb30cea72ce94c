import {css} from 'lit';

/** What can be set of a picture, and what there is to say of it: of plots, and of heatmaps over a run. */
export const controlStyles = css`
  .controls {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 14px;
    padding: 0 10px 4px;
  }
  .controls:empty {
    display: none;
  }
  .controls label,
  .stepper {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    font-variant-numeric: tabular-nums;
  }
  .controls label {
    min-width: 0;
    max-width: 100%;
  }
  .controls label .muted {
    flex: none;
  }
  .controls input[type='range'] {
    width: 110px;
    accent-color: var(--_accent);
  }
  .controls input[type='number'] {
    width: 8ch;
  }
  .controls .field:disabled {
    opacity: 0.5;
  }
  .controls output {
    min-width: 4ch;
  }
  .player {
    flex: 1 1 200px;
    max-width: 420px;
  }
  .controls .player input[type='range'] {
    flex: 1 1 80px;
    width: auto;
    min-width: 60px;
  }
  .player output {
    flex: none;
  }
  .notes {
    max-height: 148px;
    margin: 0;
    padding: 1px 10px 6px;
    overflow: auto;
    list-style: none;
  }
  .notes li {
    overflow-wrap: anywhere;
  }
  .notes .alert {
    color: var(--_text);
    font-weight: 600;
  }
  .notes .alert::before {
    content: '';
    display: inline-block;
    width: 11px;
    height: 10px;
    margin-inline-end: 6px;
    background: currentColor;
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
    forced-color-adjust: none;
  }
`;
