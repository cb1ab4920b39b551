// Objects that mean nothing in another thread: copying one is refused with a sentence. The algorithm behind
// structuredClone, postMessage and process.send reads the enumerable properties, and names a symbol that it finds in
// its DataCloneError.

const sentences = new Map<string, symbol>();

/** The value of an object's first enumerable property. `advice` says what to send instead. */
export function staysHere(what: string, advice: string): symbol {
  let sentence = sentences.get(what);
  if (sentence === undefined) {
    sentence = Symbol(`this ${what} stays in its thread: ${advice}`);
    sentences.set(what, sentence);
  }
  return sentence;
}

/** Of what can be opened elsewhere. */
export const OPEN_THERE = "send its name, or what describe() says, and open or attach there";
