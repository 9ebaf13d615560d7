import anyAscii from 'any-ascii';
import type { Transliterate } from '../domain/slug.ts';

export const transliterate: Transliterate = anyAscii;
