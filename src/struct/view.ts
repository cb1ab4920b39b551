// The class behind the views of one struct, generated from its fields.
import { inspect, type InspectOptions } from "node:util";
import { placeSource, unitOf, type Variant } from "./compound.js";
import type { FieldType, Position } from "./field-type.js";
import { jsonOf } from "./json.js";
import { memoryOf, type Memory } from "./memory.js";
import { MemoryView, sayUncloneable } from "./own-properties.js";
import type { ClassSource } from "./one-memory.js";
import { show } from "./show.js";
import type { FieldPlace } from "./struct-type.js";

/** What all views have. Programs see the fields, `get` and `set`. */
export abstract class View extends MemoryView {
  /** A copy of all fields. */
  abstract get(): object;

  /** Stores all the fields that `value` has. */
  abstract set(value: object): void;

  toJSON(): unknown {
    return jsonOf(this.get());
  }

  [inspect.custom](depth: number, options: InspectOptions): string {
    return depth < 0 ? `[${this.constructor.name}]` : `${this.constructor.name} ${this.$show(options)}`;
  }

  protected abstract $show(options: InspectOptions): string;
}

/** Makes views; `new` takes the memory and the place in units. */
export type ViewClass = new (memory: Memory, base: number, path?: string) => View;

interface Plan {
  readonly name: string;
  readonly type: FieldType;
  readonly places: readonly FieldPlace[];
  readonly alignmentBytes: number;
  readonly variant: Variant;
  readonly read: (memory: Memory, offsetBytes: number) => object;
  readonly assign: (memory: Memory, offsetBytes: number, value: object) => void;
}

/** The accessors of one field, and what the view keeps for it from its begin on. */
function accessors(
  plan: Plan,
  { name, type, offsetBytes }: FieldPlace,
  index: number,
  elements: Position["elements"],
): { code: string; keep: string } {
  const { isReadonly, isAligned, isWide } = plan.variant;
  const fits = offsetBytes % type.alignmentBytes === 0 && plan.alignmentBytes >= type.alignmentBytes;
  const position: Position = {
    offsetIn: placeSource(unitOf(plan.alignmentBytes, isAligned), isWide, (unit) => String(offsetBytes / unit)),
    isAligned: type.alignmentBytes === 1 || (isAligned && fits),
    isReadonly,
    elements,
    type: `$type${String(index)}`,
    slot: `this.$slot${String(index)}`,
    path: JSON.stringify(`${plan.name}.${name}`),
  };
  const { load, store, slot } = type.source(position);
  const parts = type.typeName.startsWith("atomic") ? "store(value)" : "its parts, or by set";
  const refused = isReadonly
    ? `this view of ${plan.name} is read-only`
    : `${plan.name}.${name} is stored to by ${parts}`;
  const setter = isReadonly || store === undefined ? `throw new TypeError(${JSON.stringify(refused)})` : store;
  return {
    code: `get ${name}() { return ${load}; }\n  set ${name}(value) { ${setter}; }`,
    keep: slot === undefined ? "" : `$hide(this, "$slot${String(index)}", ${slot});`,
  };
}

/** Source of the class. */
export function viewClass(plan: Plan): ClassSource {
  const { places } = plan;
  const { isReadonly, isAligned } = plan.variant;
  const place = `this.$base * ${String(unitOf(plan.alignmentBytes, isAligned))}`;
  const fields = (elements: Position["elements"]): ReturnType<typeof accessors>[] =>
    places.map((place, index) => accessors(plan, place, index, elements));
  const slots = fields("this.$").map(({ keep }) => keep);
  const types = Object.fromEntries(places.map(({ type }, index) => [`$type${String(index)}`, type]));
  const refuse = `throw new TypeError("this view of ${plan.name} is read-only")`;
  return {
    // Names of the code have a $, because a struct can be called like anything else.
    declaration: (keep) => `class ${plan.name} extends $View {
  #memory;
  constructor(memory, base) { super(); this.#memory = memory; $hide(this, "$base", base); ${keep} ${slots.join(" ")} $giveOwn(this, $own); }
  get $memory() { return this.#memory; }
  static { $say(this.prototype, "view of ${plan.name}: take its copy, get(), instead of the view"); }
  get() { return $read(this.#memory, ${place}); }
  $show(options) { return $show($self, this.#memory, ${place}, options); }
  set(value) { ${isReadonly ? refuse : `$assign(this.#memory, ${place}, value)`}; }
  $missing(name) { return ${JSON.stringify(`${plan.name} has no field `)} + name + ${JSON.stringify(`: it has ${places.map(({ name }) => name).join(", ")}`)}; }
}`,
    accessors: (elements) =>
      fields(elements)
        .map(({ code }) => code)
        .join("\n  "),
    isOwn: true,
    names: {
      $View: View,
      $say: sayUncloneable,
      $show: show,
      $self: plan.type,
      $read: plan.read,
      $assign: plan.assign,
      ...types,
    },
  };
}

/** Checks that `sizeBytes` at `offsetBytes` lie in a buffer, aligned. @throws TypeError, RangeError */
export function checkPlace(
  what: string,
  buffer: ArrayBuffer,
  offsetBytes: number,
  sizeBytes: number,
  alignmentBytes: number,
): Memory {
  const memory = memoryOf(buffer);
  if (!Number.isSafeInteger(offsetBytes) || offsetBytes < 0 || offsetBytes % alignmentBytes !== 0)
    throw new RangeError(
      `offsetBytes must be a multiple of ${String(alignmentBytes)}, the alignment of ${what}, not ${String(offsetBytes)}`,
    );
  if (offsetBytes + sizeBytes > buffer.byteLength)
    throw new RangeError(
      `${what} takes ${String(sizeBytes)} bytes at ${String(offsetBytes)}, the buffer has ${String(buffer.byteLength)}`,
    );
  return memory;
}
