// Which names a struct and its fields can have: they become properties here, and identifiers in C.
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

// What every view has itself or inherits, and words that C and C++ keep.
const TAKEN = new Set([
  ...[
    "get",
    "set",
    "toString",
    "toJSON",
    "valueOf",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "toLocaleString",
  ],
  ...[
    "propertyIsEnumerable",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
  ],
  ..."auto break case char const continue default do double else enum extern float for goto if inline int long".split(
    " ",
  ),
  ..."register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while".split(
    " ",
  ),
  ..."bool true false class new delete this template private public protected namespace operator virtual".split(" "),
]);

/** @throws TypeError, RangeError for what is no identifier of C */
export function checkIdentifier(what: string, name: unknown): string {
  if (typeof name !== "string") throw new TypeError(`the name of a ${what} must be a string, not ${typeof name}`);
  if (!IDENTIFIER.test(name))
    throw new RangeError(
      `${JSON.stringify(name)} cannot be the name of a ${what}: it must be a C identifier of up to 63 letters, digits and _`,
    );
  return name;
}

/** @throws TypeError, RangeError for a name that cannot be one of `what` */
export function checkName(what: string, given: unknown): string {
  const name = checkIdentifier(what, given);
  if (TAKEN.has(name))
    throw new RangeError(
      `${name} cannot be the name of a ${what}: it is a word of C or of every view; add an underscore`,
    );
  return name;
}
