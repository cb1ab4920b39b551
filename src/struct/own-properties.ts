// What a view has as properties of its own: its fields, which count wherever an object's properties are looked at, and
// what it keeps for itself, which does not. A store to anything else is refused.

/** The accessors that the next view gets. They change once, when a struct is used in a second memory. */
export interface OwnAccessors {
  accessors: readonly (readonly [name: string, accessor: PropertyDescriptor])[];
  /** Whether they read typed arrays from the view, which has to keep them then. */
  isGeneral: boolean;
}

/**
 * Keeps something in a view where `Object.keys`, spreading and comparisons do not see it. What accessors reach for at
 * each access is kept so; the rest in private fields, which are made sooner and read later.
 */
export function hide(view: object, name: string, value: unknown): void {
  Object.defineProperty(view, name, { value, writable: true });
}

/** Gives a view its fields. */
export function giveOwn(view: object, own: OwnAccessors): void {
  for (const [name, accessor] of own.accessors) Object.defineProperty(view, name, accessor);
}

const nothing = (): void => undefined;

/**
 * Objects that are not cloned, and so not sent to another thread or process: a clone would be a copy of all the memory
 * that a view lies in, or an object that reaches nothing. V8 refuses objects that have a kind of their own, and this is
 * the cheapest one to make. It never registers anything, and inherits nothing.
 */
export const Uncloneable = FinalizationRegistry as unknown as new (cleanup: () => void) => object;

/** The base of views, arrays and atomic cells. */
export abstract class MemoryView extends Uncloneable {
  // Declared and not initialized: a field that is undefined before it is a number stays slower than one that never was.
  /** Place in the buffer, see Cursor; changes when the view is a cursor. */
  declare $base: number;

  constructor() {
    super(nothing);
  }

  override toString(): string {
    return `[object ${this.constructor.name}]`;
  }

  /** Why a store to a name that it does not have is refused; of an index also why it is not read. */
  protected abstract $missing(name: string): string;
}

/** Whether the name of a property is an index. */
export const isIndex = (name: string | symbol): boolean => typeof name === "string" && /^\d+$/.test(name);

// What views inherit from last. A store that nothing before it takes ends here, and is an error also where JavaScript
// itself gives none; so is an index, which is how an array of JavaScript is read and never how one in memory is.
const refusing = new Proxy(Object.create(Object.prototype) as object, {
  get(target, name, view: MemoryView): unknown {
    if (isIndex(name)) throw new TypeError(view["$missing"](String(name)));
    return Reflect.get(target, name, view);
  },
  set(_target, name, _value, view: MemoryView): never {
    throw new TypeError(view["$missing"](String(name)));
  },
});
Object.setPrototypeOf(MemoryView.prototype, refusing);

/**
 * What V8 says of objects of this class when somebody tries to clone or to send one. It looks at plain properties only,
 * not at getters.
 */
export function sayUncloneable(prototype: object, what: string): void {
  Object.defineProperty(prototype, Symbol.toStringTag, { value: `${what}, which is not cloned or sent` });
}
