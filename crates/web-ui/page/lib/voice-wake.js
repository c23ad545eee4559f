// Whether a sentence begins with a word that calls us; forgiving of what recognisers make of names.

const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** How many signs have to change to make one word of another. */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[other.length];
}

/** A name is misheard in its vowels, hardly at its beginning. */
const sounds = (one, other) => one[0] === other[0] && distance(one, other) <= (other.length < 4 ? 0 : other.length < 7 ? 2 : 3);

/** Whether `text` begins with one of `words`. */
export function called(text, words) {
  const said = plain(text).split(" ");
  return words.some((word) => {
    const wanted = plain(word).split(" ");
    return wanted[0] !== "" && wanted.every((part, place) => said[place] !== undefined && sounds(said[place], part));
  });
}
