import path from 'node:path';
const ready = await Promise.resolve('top-level await');
export const handler = async () => ({ ready, file: path.basename(import.meta.url) });
export default { inDefault: async () => 'default' };
