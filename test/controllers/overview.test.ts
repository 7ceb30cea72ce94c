import {expect} from 'chai';
import {readSettings} from '../../src/controllers/heatmap-settings.js';
import {Overview} from '../../src/controllers/overview.js';
import {Work} from '../../src/controllers/work.js';
import type {Theme} from '../../src/paint/theme.js';
import {readTensors} from '../../src/tensor/tensor-list.js';
import {noise} from '../helpers.js';

const theme: Theme = {text: 'rgb(0, 0, 0)', background: 'rgb(255, 255, 255)', accent: 'rgb(0, 0, 255)', grid: 'rgb(200, 200, 200)', muted: 'rgb(90, 90, 90)', nan: 'rgb(255, 0, 212)', positiveInfinity: 'rgb(0, 224, 60)', negativeInfinity: 'rgb(0, 200, 255)', font: 'sans-serif'};

describe('Overview', () => {
  it('gives the page a turn between tiles, drawn or measured', async () => {
    const work = new Work();
    let turn = 0;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      turn++;
      channel.port2.postMessage(0);
    };
    channel.port2.postMessage(0);
    const turns: number[] = [];
    const overview = new Overview(work, {
      changed: () => turns.push(turn),
      begin: () => work.hold('survey'),
      progress: () => undefined,
      describe: () => '',
      tell: () => '',
      explain: String,
      say: String,
      lang: () => 'en',
    });
    const tensors = readTensors(Array.from({length: 24}, (_, i) => ({data: noise(64, i + 1), shape: [8, 8]})));
    const reads: number[] = [];
    const weights = tensors.weights.map((info) => ({
      ...info,
      read: () => {
        reads.push(turn);
        return info.read();
      },
    }));
    const options = {arrange: null, mark: null, aspect: null, scheme: null, reverse: false, domain: null, center: null, transform: null, domainPer: null, pool: null, annotate: false};
    overview.show({...tensors, weights}, false);
    overview.update({settings: readSettings(options, null, false), complex: 'magnitude', theme, dpr: 1});
    overview.arrange('', 'order', 600);
    overview.scroll(0, 1e6);
    await work.complete;
    expect(turns.length).to.equal(24);
    expect(new Set(turns).size, `of two lanes a turn each: ${turns}`).to.be.above(10);
    reads.length = 0;
    overview.arrange('', 'norm', 600);
    await work.complete;
    expect(reads.length).to.equal(24);
    expect(new Set(reads).size, `a turn each: ${reads}`).to.be.above(20);
    reads.length = 0;
    await overview.renderAll(1, () => undefined);
    expect(new Set(reads).size, `a turn each: ${reads}`).to.be.above(20);
    overview.stop();
    channel.port1.close();
  });
});
