// The luminance table of ITU-T T.81, annex K.1, which encoders scale by their quality. Only its sum is needed.
const STANDARD_SUM = 3685;
const VALUES = 64;

/**
 * With what quality a jpeg was compressed, from its first quantisation table; undefined when that is cut off. Encoders
 * with tables of their own come out near to what would look alike.
 * @param tables the content of a DQT segment.
 */
export const jpegQuality = (tables: Buffer): number | undefined => {
  const bytesPerValue = (tables[0] ?? 0) >> 4 === 0 ? 1 : 2;
  if (tables.length < 1 + VALUES * bytesPerValue) return undefined;
  let sum = 0;
  for (let index = 0; index < VALUES; index += 1)
    sum += tables.readUIntBE(1 + index * bytesPerValue, bytesPerValue);
  const scale = (sum / STANDARD_SUM) * 100;
  const quality = scale <= 100 ? (200 - scale) / 2 : 5000 / scale;
  return Math.min(100, Math.max(1, Math.round(quality)));
};
