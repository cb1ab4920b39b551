// The bases that a struct names: `: public Base, Other`.
import type { FieldType } from "../field-type.js";
import type { StructType } from "../struct-type.js";
import type { Base } from "./bases.js";
import { factsOf, type ClassFacts } from "./class-facts.js";
import { CHeaderError } from "./header-error.js";
import { findType, nameText, passType, takeName } from "./names.js";
import type { Reading } from "./reading.js";
import { resolved, type Scope } from "./scope.js";
import { plainType } from "./type-id.js";

/** The bases of a struct; those without members are none of a layout. */
export interface Bases {
  readonly all: readonly Base[];
  readonly empties: readonly string[];
  readonly scopes: readonly Scope[];
}

const NO_BASES: Bases = { all: [], empties: [], scopes: [] };

/** What is known of a base that no header declares: it is taken for a struct of C. */
const plainFacts = (type: FieldType, inside: Scope): ClassFacts => ({
  ...{ isPod: true, members: [], pack: undefined, endBytes: type.sizeBytes, empties: new Set<string>(), inside },
});

/** Takes `: public Base, Other`. @throws CHeaderError for one that is not known */
export function takeBases(reading: Reading): Bases {
  const { cursor, scope } = reading;
  if (!cursor.take(":")) return NO_BASES;
  const all: Base[] = [];
  const empties: string[] = [];
  const scopes: Scope[] = [];
  do {
    while (/^(public|private|protected)$/.test(cursor.peek().text)) cursor.next();
    const { line } = cursor.peek();
    if (cursor.is("virtual"))
      throw new CHeaderError(
        line,
        "virtual",
        "a virtual base is reached through an address, which means nothing in another process",
      );
    const name = takeName(reading);
    const text = nameText(name);
    if (cursor.is("<"))
      throw new CHeaderError(line, text, "a template as a base is not read: write the struct that it makes");
    const found = findType(scope, name);
    if (found === undefined) throw new CHeaderError(line, text, `the base struct is not known: ${passType(name)}`);
    const known = plainType(resolved(found));
    if ("refused" in known && known.isEmpty === true) {
      empties.push(...(known.empties ?? [text]));
      if (known.inside !== undefined) scopes.push(known.inside as Scope);
      continue;
    }
    if ("refused" in known) throw new CHeaderError(line, `the base ${text}`, known.refused);
    if ((known.type as Partial<StructType>).kind !== "struct")
      throw new CHeaderError(line, text, "only a struct can be a base");
    const facts = factsOf(known.type) ?? plainFacts(known.type, scope);
    all.push({ name: name.parts.at(-1) ?? "", type: known.type, facts });
    scopes.push(facts.inside);
  } while (cursor.take(","));
  return { all, empties, scopes };
}
