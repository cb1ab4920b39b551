// Structs and unions: their attributes, their bases, their bodies, and the types that they become.
import { composite } from "../composite.js";
import type { FieldType } from "../field-type.js";
import type { Member } from "../layout.js";
import { NO_ATTRIBUTES, isAttributeNext, joined, takeAttributes, type Attributes } from "./attributes.js";
import { takeBases, type Bases } from "./base-clause.js";
import { joinBases } from "./bases.js";
import { OPEN_ARRAY, alignedMember, attempt, memberType, type Unnamed } from "./build.js";
import { emptiesIn, isStubborn, keepFacts, podOf } from "./class-facts.js";
import { CHeaderError } from "./header-error.js";
import { POINTER_REFUSED, type CType } from "./known-types.js";
import { takeBody, type Body } from "./members.js";
import { isLayoutMacro, isNameNext, notKnown } from "./names.js";
import { attemptRead, type Reading } from "./reading.js";
import { leak, tagIn, tagType, type Forward, type Scope, type Tag } from "./scope.js";

/** What there is of a struct where it is named. */
export interface StructRead {
  readonly base: Unnamed | CType | Forward;
  readonly hasBody: boolean;
  readonly tag: Tag | undefined;
}

const EMPTY = "a struct without members has no bytes in C and one in C++: give it a member";
const PACKED_TWICE = "gcc and clang differ on bit-fields that are packed and in a #pragma pack: use one of them";
const PACKED_OTHER =
  "compilers differ on whether a struct that C++ does not take for a POD is packed with what is around it: pack it itself";
const PACKED_ALIGNED = "a packed struct that has bit-fields, and aligned members or bases too, is not read";

/** A struct whose body was read, before it has a name. */
interface Parsed {
  readonly kind: "struct" | "union";
  readonly line: number;
  readonly attributes: Attributes;
  readonly bases: Bases;
  readonly body: Body;
  readonly pack: number | undefined;
  readonly inside: Scope;
}

/** Members that the struct itself declares, and the `pack` that holds for them. @throws CHeaderError */
function ownMembers(
  reading: Reading,
  name: string,
  { kind, line, attributes, bases, body, pack }: Parsed,
): { own: Member[]; types: FieldType[]; pack: number | undefined } {
  const hasBits = body.members.some(({ width }) => width !== undefined);
  const typed = body.members.map((member) => {
    const construct = member.name === undefined ? `struct ${name}` : `${name}.${member.name}`;
    return attempt(member.line, construct, () => memberType(member, name, kind === "union", reading.options));
  });
  const isAligned = body.members.some(({ alignBytes }) => alignBytes !== undefined) || bases.all.length > 0;
  if (attributes.isPacked && hasBits && pack !== undefined && pack > 1)
    throw new CHeaderError(line, "packed", PACKED_TWICE);
  if (attributes.isPacked && hasBits && isAligned) throw new CHeaderError(line, "packed", PACKED_ALIGNED);
  const open = body.members.slice(0, -1).find(({ dimensions }) => dimensions.includes(undefined));
  if (open !== undefined && kind === "struct")
    throw new CHeaderError(open.line, `${name}.${open.name ?? ""}`, OPEN_ARRAY);
  for (const [i, { declared }] of typed.entries()) {
    const type = "anonymous" in declared ? declared.anonymous : (declared as FieldType);
    const isPacked = attributes.isPacked || body.members[i]?.isPacked === true;
    if (isPacked && isStubborn(type))
      throw new CHeaderError(line, `${name}.${body.members[i]?.name ?? ""}`, PACKED_OTHER);
  }
  const isEach = attributes.isPacked && isAligned;
  const names = new Set<string>();
  const own = body.members.map((member, i): Member => {
    const key = member.name ?? "part";
    if (member.name !== undefined && names.has(key))
      throw new CHeaderError(member.line, `${name}.${key}`, "there are two members of this name");
    names.add(key);
    return alignedMember(member, name, key, typed[i] as (typeof typed)[0], isEach);
  });
  const types = typed.flatMap(({ declared }) => {
    if ("anonymous" in declared) return [declared.anonymous];
    return "sizeBytes" in declared ? [declared] : [];
  });
  return { own, types, pack: attributes.isPacked && !isEach ? 1 : pack };
}

/** The type of a struct under its name. @throws CHeaderError for what cannot be laid out */
function typeOf(reading: Reading, name: string, parsed: Parsed): CType {
  const { kind, line, attributes, bases, body, inside } = parsed;
  const { own, types, pack } = ownMembers(reading, name, parsed);
  const empties = [...bases.empties, ...emptiesIn([...types, ...bases.all.map(({ type }) => type)])];
  if (bases.empties.length > 0 && new Set(empties).size < empties.length)
    throw new CHeaderError(
      line,
      `struct ${name}`,
      "two parts of it have one base without members, which C++ puts apart: give that a member",
    );
  if (own.length === 0 && bases.all.length === 0)
    return {
      refused: EMPTY,
      error: new CHeaderError(line, `${kind} ${name}`, EMPTY),
      isEmpty: true,
      empties: [inside.pathOf(""), ...bases.empties],
      inside,
    };
  if (
    own.every(([, declared]) => "room" in declared) &&
    body.members.every(({ pointerText }) => pointerText !== undefined)
  )
    throw new CHeaderError(line, `${kind} ${name}`, POINTER_REFUSED);
  const whole = bases.all.length === 0 ? { members: own, pack, alignBytes: 1 } : joinBases(bases.all, own, pack, line);
  const align = Math.max(attributes.alignBytes ?? 1, whole.alignBytes);
  const made = attempt(line, `${kind} ${name}`, () =>
    composite(kind, name, whole.members, {
      ...(whole.pack === undefined ? {} : { pack: whole.pack }),
      ...(align === 1 ? {} : { align }),
    }),
  );
  const { endBytes } = made as unknown as { endBytes: number };
  const isAtomic = body.members.some((member) => member.isAtomic);
  keepFacts(made, {
    ...{ isPod: podOf(body.traits, bases.all.length + bases.empties.length > 0, isAtomic, types), endBytes },
    ...{ members: whole.members, pack: whole.pack, empties: new Set(empties), inside },
  });
  return { type: made };
}

/** Takes a word in front of a tag, which can only be a macro, and perhaps packs. */
function takeMacro({ cursor, scope }: Reading): CHeaderError | undefined {
  const { place } = cursor;
  const { text, line } = cursor.peek();
  if (!isNameNext(cursor) || scope.outward((each) => each.tags.get(text)) !== undefined) return undefined;
  cursor.next();
  const isCalled = cursor.is("(");
  if (isCalled) cursor.skipBrackets();
  const isBehind = cursor.is("{", 1) || cursor.is(":", 1) || (cursor.is("final", 1) && !cursor.is(";", 2));
  if (isNameNext(cursor) && !cursor.is("final") && isBehind)
    return new CHeaderError(line, text, notKnown(text, isCalled));
  cursor.goTo(place);
  return undefined;
}

/** Takes a struct or a union from its keyword on. @throws CHeaderError for what cannot be told from something else */
export function takeStruct(reading: Reading): StructRead {
  const { cursor, scope, packing, registry } = reading;
  const { text: keyword, line } = cursor.next();
  const kind = keyword === "union" ? "union" : "struct";
  const attributesHere = (): Attributes =>
    isAttributeNext(cursor) ? takeAttributes(cursor, () => reading.alignment()) : NO_ATTRIBUTES;
  let attributes = attributesHere();
  const macro = takeMacro(reading);
  const name = cursor.peek().kind === "word" ? cursor.next().text : undefined;
  cursor.take("final");
  if (name !== undefined && (cursor.is("::") || cursor.is("<")))
    cursor.fail("a struct of another scope, or of a template, is not read here");
  const hasBody = cursor.is("{") || (cursor.is(":") && name !== undefined);
  if (!hasBody) {
    if (name === undefined) return cursor.fail(`${keyword} needs a tag or { here`);
    const tag = tagIn(scope, name, cursor.is(";"));
    return { base: tagType(tag), hasBody, tag };
  }
  const tag = name === undefined ? undefined : tagIn(scope, name, true);
  const isTwice = tag !== undefined && (tag.type !== undefined || tag.inside !== undefined);
  const inside = scope.enter(name ?? "", "struct");
  if (tag !== undefined && !isTwice) tag.inside = inside;
  const bases = attemptRead(() => takeBases(reading));
  if (bases instanceof CHeaderError)
    while (!cursor.is("{") && !cursor.is(";") && cursor.peek().kind !== "end") cursor.next();
  else inside.others.push(...bases.scopes);
  const { pack } = packing;
  const body = attemptRead(() => reading.inside(inside, "structs", () => takeBody(reading, name, keyword === "class")));
  if (body instanceof CHeaderError) {
    registry.lose(body); // it has no end, so nothing behind it is read
    throw body;
  }
  leak(inside, scope);
  attributes = joined(attributes, attributesHere());
  let error = [
    macro,
    name !== undefined && isLayoutMacro(name) ? new CHeaderError(line, name, notKnown(name)) : undefined,
    isTwice ? new CHeaderError(line, `${keyword} ${name ?? ""}`, "it is defined twice") : undefined,
    bases,
    body.error,
    attributes.refused,
    packing.unknown,
  ].find((one): one is CHeaderError => one instanceof CHeaderError);
  registry.lose(error);
  const parsed = (): Parsed => ({ ...{ kind, line, attributes, body, pack, inside }, bases: bases as Bases });
  const define = (own: string): CType => {
    if (error !== undefined) return { refused: error.message, error };
    const made = attemptRead(() => typeOf(reading, registry.structName(scope, own), parsed()));
    if (!(made instanceof CHeaderError)) return made;
    error = made;
    registry.lose(made);
    return { refused: made.message, error: made };
  };
  return { base: { tag: name, define }, hasBody, tag: isTwice ? undefined : tag };
}
