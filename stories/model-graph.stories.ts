import type {Meta, StoryObj} from '@storybook/web-components-vite';
import * as tf from '@tensorflow/tfjs';
import {html, type TemplateResult} from 'lit';
import '../src/model-graph.js';
import type {GraphSpec} from '../src/graph/types.js';

const models = 'fixtures/models';

const meta: Meta = {
  title: 'model-graph',
  component: 'model-graph',
  parameters: {controls: {include: ['src', 'view', 'direction', 'expand', 'color-by', 'query', 'selected', 'compare-src']}},
};
export default meta;

type Args = Record<string, string | undefined>;

const graph = (args: Args, caption = ''): TemplateResult => html`<model-graph
  src=${args.src ?? ''}
  view=${args.view ?? 'flow'}
  direction=${args.direction ?? 'down'}
  expand=${args.expand ?? 'auto'}
  color-by=${args['color-by'] ?? ''}
  .query=${args.query ?? ''}
  >${caption ? html`<span slot="caption">${caption}</span>` : ''}</model-graph
>`;

/** A file of the fixtures that is packed, as an address. */
async function unpacked(path: string): Promise<string> {
  const answer = await fetch(`${models}/${path}`);
  return URL.createObjectURL(await new Response(answer.body!.pipeThrough(new DecompressionStream('gzip'))).blob());
}

/** A story of a packed model. */
const packed = (path: string, height = 640, attributes: Record<string, string> = {}): TemplateResult => {
  const el = document.createElement('model-graph');
  el.style.height = `${height}px`;
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  void unpacked(path).then((src) => (el.src = src));
  return html`${el}`;
};

/** Every layer with its kernel, output shape, parameters and multiply-accumulates. Click one. */
export const LeNet: StoryObj = {
  name: 'A small network',
  args: {src: `${models}/tensorspace-lenet/model.json`},
  render: (args) => graph(args),
};

/** 177 layers: the residual blocks were found by their structure, one of each kind is drawn, the rest folded. */
export const Residual: StoryObj = {
  name: 'ResNet-50',
  args: {src: `${models}/tensorspace-resnet50-topology/model.json`},
  render: (args) => graph(args),
};

/** Branches and concatenations; no names tell what belongs together. */
export const Inception: StoryObj = {
  name: 'Inception v3',
  args: {src: `${models}/tensorspace-inceptionv3-topology/model.json`},
  render: (args) => graph(args),
};

/** A bidirectional LSTM read by attention: eight layers are called ten times each; dashed lines hand on a state. */
export const Recurrent: StoryObj = {
  name: 'LSTM with attention',
  args: {src: `${models}/attention-date-topology/topology_only.json`},
  render: (args) => graph(args),
};

/** A model in a model in a model: each is a group. */
export const Nested: StoryObj = {
  name: 'Nested models',
  args: {src: `${models}/tm-nested-27class/model.json`},
  render: (args) => graph(args),
};

/** Two inputs, seven outputs. */
export const SeveralInputs: StoryObj = {
  name: 'Several inputs and outputs',
  args: {src: `${models}/tensorspace-acgan/model.json`, direction: 'right'},
  render: (args) => graph(args),
};

/** 2,576 ops with 2,570 constants folded into those that use them. Wrapper scopes are passed through. */
export const ManyOps: StoryObj = {
  name: 'EfficientDet, 2,576 ops',
  render: () => packed('efficientdet-5146-topology/model.json.gz'),
};

/** 27,809 nodes in the file. */
export const VeryManyOps: StoryObj = {
  name: 'MAXIM, 27,809 nodes',
  render: () => packed('maxim-27809-topology/model.json.gz'),
};

const pipeline: GraphSpec = {
  name: 'A data pipeline',
  nodes: [
    {id: 'images', type: 'Input', label: 'images', inputs: [], outputShape: [null, 480, 640, 3], params: 0, trainable: null, macs: 0, activationBytes: null, attributes: {}},
    {id: 'texts', type: 'Input', label: 'texts', inputs: [], outputShape: [null, 77], params: 0, trainable: null, macs: 0, activationBytes: null, attributes: {}},
    {id: 'vision/resize', type: 'Resize', label: 'resize', group: 'vision', inputs: ['images'], outputShape: [null, 224, 224, 3], params: 0, trainable: null, macs: null, activationBytes: null, attributes: {method: 'bilinear'}},
    {id: 'vision/encoder', type: 'ViT', label: 'encoder', group: 'vision', inputs: ['vision/resize'], outputShape: [null, 512], params: 86_192_640, trainable: false, macs: 17_500_000_000, activationBytes: null, attributes: {patch: 16, heads: 12}},
    {id: 'text/encoder', type: 'Transformer', label: 'encoder', group: 'text', inputs: ['texts'], outputShape: [null, 512], params: 63_428_096, trainable: true, macs: 2_980_000_000, activationBytes: null, attributes: {heads: 8}},
    {id: 'similarity', type: 'Dot', label: 'similarity', inputs: ['vision/encoder', 'text/encoder'], outputShape: [null, 1], params: 0, trainable: null, macs: 512, activationBytes: 4, attributes: {}},
  ],
  edges: [
    {from: 'images', to: 'vision/resize', shape: [null, 480, 640, 3]},
    {from: 'vision/resize', to: 'vision/encoder', shape: [null, 224, 224, 3]},
    {from: 'texts', to: 'text/encoder', shape: [null, 77]},
    {from: 'vision/encoder', to: 'similarity', shape: [null, 512]},
    {from: 'text/encoder', to: 'similarity', shape: [null, 512]},
  ],
  groups: [{id: 'vision', label: 'vision'}, {id: 'text', label: 'text'}],
};

/** Any graph of nodes, edges and groups. */
export const OwnGraph: StoryObj = {
  name: 'A graph of your own',
  render: () => html`<model-graph .graph=${pipeline} direction="right" .style=${'height: 360px'}></model-graph>`,
};

/** Numbers of your own on the nodes, such as measured times; set them live, nothing is laid out anew. */
export const Overlay: StoryObj = {
  name: 'Numbers of your own',
  render: () => html`<model-graph .graph=${pipeline} direction="right" .overlay=${{'ms per image': {'vision/resize': 0.8, 'vision/encoder': 41.5, 'text/encoder': 9.2, similarity: 0.02}}} .style=${'height: 380px'}></model-graph>`,
};

/** Where the arithmetic is. */
export const ByMacs: StoryObj = {
  name: 'Coloured by MACs',
  args: {src: `${models}/nsfwjs-mobilenetv2-uint8/model.json`, 'color-by': 'macs'},
  render: (args) => graph(args),
};

/** What a change of architecture did: by colour, mark and list. */
export const Compare: StoryObj = {
  name: 'Two models compared',
  render: () => {
    const make = (wide: number, extra: boolean): tf.Sequential => {
      const layers = [
        tf.layers.conv2d({filters: 8, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1], name: 'conv_1', kernelInitializer: tf.initializers.glorotUniform({seed: 1})}),
        tf.layers.maxPooling2d({poolSize: 2, name: 'pool_1'}),
        tf.layers.conv2d({filters: wide, kernelSize: 3, activation: 'relu', name: 'conv_2', kernelInitializer: tf.initializers.glorotUniform({seed: 2})}),
        ...(extra ? [tf.layers.batchNormalization({name: 'norm_2'})] : [tf.layers.dropout({rate: 0.2, name: 'dropout'})]),
        tf.layers.flatten({name: 'flatten'}),
        tf.layers.dense({units: 10, activation: 'softmax', name: 'output', kernelInitializer: tf.initializers.glorotUniform({seed: 3})}),
      ];
      return tf.sequential({layers});
    };
    return html`<model-graph .model=${make(32, true)} .compare=${make(16, false)} .style=${'height: 560px'}></model-graph>`;
  },
};

/** The levels of groups as a tree. */
export const Tree: StoryObj = {
  name: 'Tree',
  args: {src: `${models}/tm-nested-27class/model.json`, view: 'tree'},
  render: (args) => graph(args),
};

/** The same as text: for reading, searching, and screen readers. */
export const Outline: StoryObj = {
  name: 'Outline',
  args: {src: `${models}/tm-nested-27class/model.json`, view: 'outline'},
  render: (args) => graph(args),
};

/** What cannot be drawn is told in words. */
export const Errors: StoryObj = {
  render: () => html`<model-graph src="${models}/faceapi-tiny-detector-uint8/tiny_face_detector_model-weights_manifest.json" .style=${'height: 200px'}></model-graph>
    <model-graph .graph=${{nodes: 'none'} as unknown as GraphSpec} lang="zh" .style=${'height: 200px'}></model-graph>`,
};
