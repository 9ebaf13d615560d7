const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** A key becomes a path or part of a URL, so nothing is let through that means something there. */
export const isStoreKey = (text: string): boolean => KEY.test(text) && text.length <= 900;

/** @throws {TypeError} for what is no key, which is a mistake in the program. */
export const checkedStoreKey = (key: string): string => {
  if (!isStoreKey(key)) throw new TypeError('This is no key of a backup.');
  return key;
};
