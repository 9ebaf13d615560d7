import type { ImageFormat } from '../../../domain/image.ts';

/** What can be told of a picture without decoding it. */
export interface ImageStructure {
  readonly format: ImageFormat;
  /** Where the picture ends; what follows is not part of it. */
  readonly end: number;
  /** How a jpeg was compressed, on the scale from 1 to 100 that encoders use. */
  readonly quality?: number;
  /** Whether a webp keeps every pixel as it was. */
  readonly isLossless?: boolean;
}
