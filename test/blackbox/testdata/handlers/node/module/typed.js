import { basename } from 'node:path';
export const handler = async () => basename(import.meta.url);
