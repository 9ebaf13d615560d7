/**
 * A web address as it is stored: http or https, never with credentials inside, in the form that browsers give it.
 * Null for anything else, and for more than `longest` characters.
 */
export const webAddress = (text: string, longest: number): string | null => {
  const url = URL.parse(text.trim());
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isPlain && url.href.length <= longest ? url.href : null;
};
