// A trap of V8's own, for which it has a SIGSEGV handler. Apart from the rest, for a thread that must not load the addon.

// TypeScript knows WebAssembly only together with the DOM.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { f(at: number): number } };
};

/** Loads out of bounds in WebAssembly, which V8 turns from SIGSEGV into a RuntimeError; answers its message. */
export function trapInWebAssembly(): string {
  // (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load))
  const bytes = Buffer.from(
    "0061736d0100000001060160017f017f030201000503010001070501016600000a0901070020002802000b",
    "hex",
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  try {
    return String(exports.f(1 << 30));
  } catch (error) {
    return (error as Error).message;
  }
}
