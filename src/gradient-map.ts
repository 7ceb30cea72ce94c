import {GradientMapElement} from './elements/gradient-map-element.js';

export * from './elements/gradient-map-element.js';
export * from './elements/events.js';
export {useTf} from './tensor/tf.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('gradient-map')) console.warn('tensorlens: <gradient-map> is defined already; this copy stays unused.');
else customElements.define('gradient-map', GradientMapElement);
