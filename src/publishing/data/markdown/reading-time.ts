const WORDS_A_MINUTE = 220;

// Scripts that put no space between words, with the length of a usual word.
const UNSPACED: readonly (readonly [script: RegExp, lettersInAWord: number])[] = [
  [/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu, 2],
  [/[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu, 5],
];
const WORD = /[\p{L}\p{N}]+(?:['’\p{M}]+[\p{L}\p{N}]+)*/gu;

/** Whole minutes, at least one. Code counts like text. `html` is sanitised, so every `<` in it begins a tag. */
export const readingMinutes = (html: string): number => {
  let text = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&\w+;/g, ' ');
  let words = 0;
  for (const [script, lettersInAWord] of UNSPACED) {
    words += (text.match(script)?.length ?? 0) / lettersInAWord;
    text = text.replaceAll(script, ' ');
  }
  words += text.match(WORD)?.length ?? 0;
  return Math.max(1, Math.ceil(words / WORDS_A_MINUTE));
};
