import {fileURLToPath} from 'node:url';
import type {StorybookConfig} from '@storybook/web-components-vite';

/** TensorFlow.js in one file, as its package ships it: bundling its sources takes a minute. */
const tfjs = fileURLToPath(new URL('../node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js', import.meta.url));

const config: StorybookConfig = {
  stories: ['../stories/**/*.stories.ts'],
  addons: ['@storybook/addon-docs'],
  framework: {name: '@storybook/web-components-vite', options: {}},
  staticDirs: [{from: '../test/fixtures', to: '/fixtures'}],
  core: {disableTelemetry: true, disableWhatsNewNotifications: true},
  viteFinal: (vite) => ({
    ...vite,
    resolve: {...vite.resolve, alias: {...vite.resolve?.alias, '@tensorflow/tfjs': tfjs}},
    build: {...vite.build, chunkSizeWarningLimit: 3000},
  }),
};

export default config;
