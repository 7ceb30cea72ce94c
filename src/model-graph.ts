import {ModelGraphElement} from './elements/model-graph-element.js';

export * from './elements/model-graph-element.js';
export * from './elements/events.js';
export {type LayoutWorkerFactory, setLayoutWorker} from './graph/layout-worker.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('model-graph')) console.warn('tensorlens: <model-graph> is defined already; this copy stays unused.');
else customElements.define('model-graph', ModelGraphElement);
