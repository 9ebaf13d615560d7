const KEY = /^[a-z]{1,32}\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/**
 * A key is `folder/name`. It becomes a path or part of a URL, so nothing is let through that means something there:
 * no dots in front, no second slash. What else is in a bucket or a folder was put there by others, and is left alone.
 */
export const isKey = (text: string): boolean => KEY.test(text);

/** @throws {TypeError} for what is no key, which is a mistake in the program. */
export const checkedKey = (key: string): string => {
  if (!isKey(key)) throw new TypeError('This is no key of a stored object.');
  return key;
};
