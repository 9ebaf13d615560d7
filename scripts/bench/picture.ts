import sharp from 'sharp';

/** A photo as a phone makes it, of so many bytes at most: soft shapes with the noise of a sensor, which no codec likes. */
export const photoOf = async (bytes: number, width = 4_000, height = 3_000): Promise<Buffer> => {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
  const picture = sharp({ create: { width, height, channels: 3, background: '#808080', noise } }).blur(1.2);
  const pixels = await picture.raw().toBuffer();
  for (let quality = 100; ; quality -= 4) {
    const photo = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
    if (photo.length <= bytes || quality < 8) return photo;
  }
};
