import {type Preview, setCustomElementsManifest} from '@storybook/web-components-vite';
import manifest from '../custom-elements.json';

setCustomElementsManifest(manifest);

const preview: Preview = {
  tags: ['autodocs'],
  globalTypes: {
    scheme: {
      description: 'Colour scheme of the page',
      toolbar: {title: 'Colours', icon: 'contrast', items: [{value: 'light', title: 'Light'}, {value: 'dark', title: 'Dark'}], dynamicTitle: true},
    },
  },
  initialGlobals: {scheme: 'light'},
  parameters: {
    layout: 'padded',
    controls: {expanded: true},
    options: {storySort: {order: ['weight-heatmap', 'model-graph', 'output-plot', 'gradient-map']}},
  },
  decorators: [
    (story, {globals}) => {
      const dark = globals.scheme === 'dark';
      document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
      document.body.style.background = dark ? '#0c0e12' : '#f2f3f6';
      document.body.style.color = dark ? '#e6e9ee' : '#1d2430';
      return story();
    },
  ],
};

export default preview;
