import type {OpenOptions} from '../tensor/read-source.js';
import type {WeightData} from '../tensor/types.js';

// The reader of models is fetched when there is something to read: a page with tensors alone does without.

/** Reads what a URL holds. */
export async function readUrl(src: string, options: OpenOptions): Promise<WeightData> {
  const {openSource, weightsOf} = await import('../tensor/read-source.js');
  return weightsOf(await openSource(src, options), src);
}

/** Reads data that stand inside a tag. */
export async function readInline(text: string): Promise<WeightData> {
  const {dataOf, parseJson, weightsOf} = await import('../tensor/read-source.js');
  const where = 'The data inside the tag';
  return weightsOf(await dataOf(parseJson(text, where), document.baseURI), where);
}

/** Lists the weights of a live model. */
export const readLive = async (model: object): Promise<WeightData> => ({model: (await import('../tensor/live-model.js')).readModel(model)});
