// `fromCHeader` where programs have imported it from so far. It loads the reader when it is called, because most
// programs that declare structs never read a header.
import { createRequire } from "node:module";
import type * as Reader from "./c-header/index.js";

let reader: typeof Reader | undefined;

function load(): typeof Reader {
  try {
    return createRequire(import.meta.url)("./c-header/index.js") as typeof Reader;
  } catch (cause) {
    throw new Error("the reader of C headers is not beside rtshm/struct: import fromCHeader from rtshm/c-header", {
      cause,
    });
  }
}

/**
 * `fromCHeader` of `rtshm/c-header`, loaded at the first call. A bundler does not see that it is needed.
 * @deprecated import it from `rtshm/c-header`
 * @throws what `fromCHeader` throws; Error when the reader is not beside this module, as in a bundle
 */
export function fromCHeader<Values = Readonly<Record<string, Record<string, unknown>>>>(
  text: string,
  options: Reader.CHeaderOptions = {},
): Reader.HeaderStructs<Values> {
  reader ??= load();
  return reader.fromCHeader<Values>(text, options);
}
