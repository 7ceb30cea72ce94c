import type {OpenOptions} from '../tensor/read-source.js';
import type {Data} from '../tensor/types.js';
import type {WeightData} from './target.js';
import {Problem} from '../words/strings.js';

// The reader of models is fetched when there is something to read: a page with tensors alone does without.

/** @throws Problem for what holds structure alone */
function weightsOf(data: Data, url: string): WeightData {
  if ('graph' in data) throw new Problem('jsonGraphSpec', {url});
  if ('model' in data && data.model.structure?.manifest === null) throw new Problem('noManifest', {url});
  return data;
}

/** Reads what a URL holds. */
export const readUrl = async (src: string, options: OpenOptions): Promise<WeightData> => weightsOf(await (await import('../tensor/read-source.js')).openSource(src, options), src);

/** Reads data that stand inside a tag. */
export async function readInline(text: string): Promise<WeightData> {
  const {dataOf, parseJson} = await import('../tensor/read-source.js');
  const where = 'The data inside the tag';
  return weightsOf(await dataOf(parseJson(text, where), document.baseURI), where);
}

/** Lists the weights of a live model. */
export const readLive = async (model: object): Promise<WeightData> => ({model: (await import('../tensor/live-model.js')).readModel(model)});
