import type { Branded } from '../../shared/domain/identity.ts';

export type ArticleId = Branded<'ArticleId'>;
export type ImageId = Branded<'ImageId'>;
