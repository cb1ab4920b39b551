// `rtshm/c-header`: structs from a C header.
export {
  fromCHeader,
  type CHeaderOptions,
  type HeaderPart,
  type HeaderStructs,
  type HeaderView,
} from "./from-c-header.js";
export { CHeaderError } from "./header-error.js";
export type { Defines } from "./preprocessor.js";
