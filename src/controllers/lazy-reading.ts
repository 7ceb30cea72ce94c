import type {OpenOptions} from '../tensor/read-source.js';
import type {Data} from '../tensor/types.js';

// The reader of models is fetched when there is something to read: a page with tensors alone does without.

/** Reads what a URL holds. */
export const readUrl = async (src: string, options: OpenOptions): Promise<Data> => (await import('../tensor/read-source.js')).openSource(src, options);

/** Reads data that stand inside a tag. */
export async function readInline(text: string): Promise<Data> {
  const {dataOf, parseJson} = await import('../tensor/read-source.js');
  return dataOf(parseJson(text, 'The data inside the tag'), document.baseURI);
}

/** Lists the weights of a live model. */
export const readLive = async (model: object): Promise<Data> => ({model: (await import('../tensor/live-model.js')).readModel(model)});
