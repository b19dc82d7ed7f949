import path from 'node:path';
const loaded = await Promise.resolve('before the first event');
export const handler = async () => ({ loaded, file: path.basename(import.meta.url) });
export const throws = async (event) => {
  if (event.good) return 'good';
  throw new Error('in a module');
};
