const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };

/** Seconds of a duration as Go and Compose write them: `310s`, `1m30s`, `100ms`. */
export const secondsOf = (duration: string): number => {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (duration === '' || parts.map(([part]) => part).join('') !== duration)
    throw new Error(`${duration} is no duration.`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? NaN), 0);
};
